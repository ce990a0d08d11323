"""Loading again, loading newer versions, and the span of time."""

# DuckDB gives UTC times without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import DataError
from orchestration.loading import LoadResult, create_raw_tables, record_time_range
from orchestration.loading.profiles import PROFILES
from tests.orchestration.loading.conftest import lead_lines

Loaded = Callable[..., LoadResult]


def test_every_raw_table_exists_where_no_file_came(warehouse: duckdb.DuckDBPyConnection) -> None:
    create_raw_tables(warehouse)
    create_raw_tables(warehouse)
    names = {row[0] for row in warehouse.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert names == {profile.table for profile in PROFILES} | {
        "_files",
        "_quarantine",
        "_extracts",
        "_styles",
    }
    assert record_time_range(warehouse) is None


def test_a_table_of_an_earlier_version_gets_the_columns_it_lacks(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    create_raw_tables(warehouse)
    warehouse.execute("ALTER TABLE raw.salesforce_lead DROP COLUMN Industry")
    warehouse.execute("ALTER TABLE raw.salesforce_lead DROP COLUMN _content")
    (extracts / "a.csv").write_text(lead_lines(3))
    assert loaded().loaded == 3
    held = warehouse.execute("SELECT count(_content), count(Industry) FROM raw.salesforce_lead").fetchone()
    assert held == (3, 0)


def test_copies_that_differ_under_one_stamp_are_told_apart_by_their_values_alone(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    lead = "00Q5g00000AAAAAEA4,{},Open,2026-01-05T00:00:00Z,2026-01-06T00:00:00Z\n"
    header = "Id,Company,Status,CreatedDate,SystemModstamp\n"
    (extracts / "one.csv").write_text(header + lead.format("Acme") + lead.format("Zenith"))
    (extracts / "two.csv").write_text(header + lead.format("Zenith"))
    other = "SystemModstamp,Id,Company,Status,CreatedDate,Oddity\n"
    (extracts / "three.csv").write_text(
        other + "2026-01-06T00:00:00Z,00Q5g00000AAAAAEA4,Acme,Open,2026-01-05T00:00:00Z,x\n"
    )
    assert loaded().loaded == 4
    hashes = warehouse.execute(
        "SELECT Company, count(DISTINCT _content), count(*) FROM raw.salesforce_lead GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert hashes == [("Acme", 1, 2), ("Zenith", 1, 2)]
    assert warehouse.execute("SELECT count(DISTINCT _content) FROM raw.salesforce_lead").fetchone() == (2,)


def test_content_that_is_loaded_already_adds_nothing_under_any_name(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "a.csv").write_text(lead_lines(3))
    (extracts / "b.csv").write_text(lead_lines(3))
    first = loaded()
    assert (first.load, first.loaded) == (1, 3)
    assert [file.already_loaded for file in first.files] == [False, True]
    again = loaded()
    assert (again.load, again.records) == (None, 0)
    assert all(file.already_loaded for file in again.files)
    assert warehouse.execute("SELECT count(*) FROM raw._files").fetchone() == (1,)
    (extracts / "c.csv").write_text(lead_lines(4))
    assert loaded().load == 2


def test_older_versions_of_a_record_count_as_superseded(extracts: Path, loaded: Loaded) -> None:
    (extracts / "new.csv").write_text(lead_lines(3))
    loaded()
    older = lead_lines(2).replace("2026-01-06T", "2026-01-05T")
    newer = lead_lines(3).replace("2026-01-06T", "2026-01-07T")
    (extracts / "older.csv").write_text(older)
    (extracts / "newer.csv").write_text(newer)
    result = loaded()
    assert {file.path: file.superseded for file in result.files} == {
        "new.csv": 0,
        "older.csv": 2,
        "newer.csv": 0,
    }
    assert (result.loaded, result.superseded) == (5, 2)


def test_planned_dates_do_not_move_the_record_times(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "opportunities.csv").write_text(
        "Id,Name,StageName,CloseDate,AccountId,CreatedDate\n0065g0000000001,Deal,Open,2031-01-01,,2026-02-01T08:00:00Z\n"
    )
    loaded()
    assert record_time_range(warehouse) == (datetime(2026, 2, 1, 8), datetime(2026, 2, 1, 8))


def test_times_without_a_zone_are_those_of_the_source_zone(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "leads.csv").write_text(
        lead_lines(1).replace("2026-01-05T10:00:00.000Z", "2026-07-05 10:00:00")
    )
    loaded(source_time_zone="America/New_York")
    row = warehouse.execute("SELECT CreatedDate, SystemModstamp FROM raw.salesforce_lead").fetchone()
    assert row == (datetime(2026, 7, 5, 14), datetime(2026, 1, 6, 10))


def test_a_date_in_the_file_name_is_the_extracts_time(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "leads_2026-01-31.csv").write_text(lead_lines(1))
    (extracts / "leads_20260101_20260131.csv").write_text(lead_lines(2))
    loaded(time_zone="Europe/Berlin")
    rows = warehouse.execute("SELECT DISTINCT _file, _extracted_at FROM raw.salesforce_lead").fetchall()
    assert dict(rows) == {
        "leads_2026-01-31.csv": datetime(2026, 1, 31, 22, 59, 59, 999999),
        "leads_20260101_20260131.csv": None,
    }


def test_a_failed_file_leaves_nothing_half_loaded(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.loading import refused

    def broken(*_: object) -> None:
        raise duckdb.IOException("disk full")

    (extracts / "a.csv").write_text(lead_lines(3))
    monkeypatch.setattr(refused, "account", broken)
    with pytest.raises(DataError, match="disk full"):
        loaded()
    assert warehouse.execute("SELECT count(*) FROM raw.salesforce_lead").fetchone() == (0,)
    monkeypatch.undo()
    assert loaded().loaded == 3
