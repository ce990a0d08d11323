"""What texts become."""

# DuckDB gives UTC times without a zone.
# ruff: noqa: DTZ001, S608

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from orchestration.loading.conversion import convert, salesforce_id


def value(text: str, to, *, strict: bool = False) -> object:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/Berlin'")
        sql = convert("x", to, strict=strict).value
        (found,) = connection.execute(f"SELECT {sql} FROM (SELECT $text AS x)", {"text": text}).fetchone()
        return found


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("0014600001TvgfZ", "0014600001TvgfZAAR"),
        ("003bm00000zbyRu", "003bm00000zbyRuAAI"),
        ("0064600000J5S5T", "0064600000J5S5TAAV"),
        ("0084600000iqknn", "0084600000iqknnAAA"),
        ("0084600000iqknnAAA", "0084600000iqknnAAA"),
        ("W_Opportunity.1", "W_Opportunity.1"),
    ],
)
def test_salesforce_ids_get_the_suffix_salesforce_gives_them(short: str, long: str) -> None:
    with duckdb.connect() as connection:
        sql = f"SELECT {salesforce_id('x')} FROM (SELECT $id AS x)"
        assert connection.execute(sql, {"id": short}).fetchone() == (long,)


@pytest.mark.parametrize(
    ("text", "to", "expected"),
    [
        ("2026-07-01T10:00:00.000Z", "timestamp", datetime(2026, 7, 1, 10)),
        ("2026-07-01T10:00:00.000+0000", "timestamp", datetime(2026, 7, 1, 10)),
        ("2026-07-01T10:00:00+02:00", "timestamp", datetime(2026, 7, 1, 8)),
        ("2026-07-01 10:00:00", "timestamp", datetime(2026, 7, 1, 8)),
        ("2026-01-01 10:00", "timestamp", datetime(2026, 1, 1, 9)),
        ("2026-07-01", "moment", datetime(2026, 7, 1)),
        ("2026-07-01", "date", date(2026, 7, 1)),
        ("2013-09-16 00:00:00", "date", date(2013, 9, 16)),
        ("120", "integer", 120),
        ("120.0", "integer", 120),
        ("-1.5e3", "number", -1500.0),
        ("TRUE", "boolean", True),
        ("0", "boolean", False),
    ],
)
def test_both_passes_read_a_good_value_alike(text: str, to, expected: object) -> None:
    assert value(text, to, strict=True) == expected
    assert value(text, to) == expected


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("5.7", "integer"), ("0x1F", "integer"), ("1_000", "integer"),
        ("12 people", "integer"), ("1e3", "integer"),
        ("nan", "number"), ("inf", "number"), ("1,5", "number"),
        ("maybe", "boolean"), ("2", "boolean"),
        ("infinity", "timestamp"), ("epoch", "timestamp"), ("24-1-1", "timestamp"),
        ("2026-13-01", "timestamp"),
        ("2026-02-30", "date"), ("02/23/26", "date"), ("soon", "moment"), ("{a", "json"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused_by_both_passes(text: str, to) -> None:
    with pytest.raises((duckdb.ConversionException, duckdb.InvalidInputException)):
        value(text, to, strict=True)
    assert value(text, to) is None


def test_the_tolerant_pass_also_takes_the_time_form_of_marketos_rest_interface() -> None:
    assert value("2017-09-25T21:51:20Z+0000", "timestamp") == datetime(2017, 9, 25, 21, 51, 20)
