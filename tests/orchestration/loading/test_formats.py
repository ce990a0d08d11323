"""The same records, whatever the file is written in."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.loading import LoadResult
from orchestration.loading.copies import encoding_of

Loaded = Callable[..., LoadResult]

HEADER = "Id,LastName,Company,Status,AnnualRevenue,CreatedDate,ConvertedDate"
PLAIN = [
    ["00Q000000000001", "Müller", "Acme", "Open", "100.5", "2026-03-04 10:00", "2026-03-05"],
    ["00Q000000000002", "Lee", "“A” – 5 €", "Open", "", "2026-03-14T09:00:00Z", ""],
]
EXPECTED = [
    ("00Q000000000001EAA", "Müller", "Acme", 100.5, "2026-03-04 10:00:00", "2026-03-05"),
    ("00Q000000000002EAA", "Lee", "“A” – 5 €", None, "2026-03-14 09:00:00", None),
]


def text(rows: list[list[str]], delimiter: str = ",") -> str:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    writer.writerows(rows)
    return target.getvalue()


def leads(warehouse: duckdb.DuckDBPyConnection) -> list[tuple]:
    return warehouse.execute(
        "SELECT Id, LastName, Company, AnnualRevenue, CreatedDate::VARCHAR, ConvertedDate::VARCHAR"
        " FROM raw.salesforce_lead ORDER BY _record"
    ).fetchall()


def dated(*days: str) -> list[list[str]]:
    return [[f"00Q{n:012d}", "Lee", "A", "Open", "", day, ""] for n, day in enumerate(days)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_make_no_difference(
    encoding: str, delimiter: str, extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "leads.csv").write_bytes(text(PLAIN, delimiter).encode(encoding))
    assert [(file.loaded, file.quarantined) for file in loaded().files] == [(2, 0)]
    assert leads(warehouse) == EXPECTED


@pytest.mark.parametrize("name", ["leads.csv.gz", "leads.csv", "leads.csv.zst"])
def test_packed_files_are_known_by_their_bytes(
    name: str, extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    content = text(PLAIN).encode()
    packed = pa.compress(content, codec="zstd", asbytes=True) if "zst" in name else gzip.compress(content)
    (extracts / name).write_bytes(packed)
    assert loaded().loaded == 2
    assert leads(warehouse) == EXPECTED


def test_windows_1252_far_into_a_file_is_found(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    body = text([[f"00Q{n:012d}", "Lee", "A" * 90, "Open", "", "", ""] for n in range(12_000)])
    (extracts / "leads.csv").write_bytes(body.encode() + b"00Q000000099999,M\xfcller,A,Open,,,\n")
    result = loaded()
    assert (result.loaded, result.quarantined) == (12_001, 0)
    assert "Windows-1252" in " ".join(result.files[0].problems)
    last = warehouse.execute("SELECT LastName FROM raw.salesforce_lead WHERE _record = 12001").fetchone()
    assert last == ("Müller",)


def test_a_damaged_letter_in_a_utf8_file_refuses_its_record_only(extracts: Path, loaded: Loaded) -> None:
    (extracts / "leads.csv").write_bytes(text(PLAIN).encode() + b"00Q000000000003,M\xfcller,A,Open,,,\n")
    (file,) = loaded().files
    assert (file.records, file.loaded, file.quarantined) == (3, 2, 1)


def test_titles_above_the_header_are_passed_over_and_lines_keep_their_numbers(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    bad = "00Q000000000003,Lee,A,Open,lots,,\n"
    (extracts / "report.csv").write_text(
        f'Leads\n"As of 2026-03-31,\nall"\n\n{text(PLAIN)}{bad}\nGrand Totals\n'
    )
    (file,) = loaded().files
    assert (file.records, file.loaded, file.quarantined, file.footer_lines) == (3, 2, 1, 1)
    assert leads(warehouse) == EXPECTED
    assert warehouse.execute("SELECT line, record FROM raw._quarantine").fetchall() == [(8, 3)]


@pytest.mark.parametrize(
    ("days", "read"),
    [
        (["03/04/2026", "03/14/2026"], ["2026-03-04", "2026-03-14"]),
        (["03/04/2026", "14/03/2026"], ["2026-04-03", "2026-03-14"]),
        (["03/04/26 1:05 PM", "3/14/2026 13:05:01"], ["2026-03-04 13:05", "2026-03-14 13:05:01"]),
        (["03-04-2026 10:00", "26-04-2026 10:00"], ["2026-04-03 10:00", "2026-04-26 10:00"]),
        (["01.02.2026", "2026-03-14"], ["2026-02-01", "2026-03-14"]),
        (["14-Mar-2026", "2026-03-14"], ["2026-03-14", "2026-03-14"]),
    ],
)
def test_the_order_of_day_and_month_is_what_one_value_proves(
    days: list[str], read: list[str], extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "leads.csv").write_text(text(dated(*days)))
    assert loaded().quarantined == 0
    expected = warehouse.execute("SELECT unnest($days)::TIMESTAMP::VARCHAR", {"days": read}).fetchall()
    assert [(row[4],) for row in leads(warehouse)] == expected


@pytest.mark.parametrize(
    ("days", "read"),
    [
        (["03/04/2026", "05/06/2026"], [None, None]),
        (["13/04/2026", "04/13/2026", "03/04/2026"], ["2026-04-13", "2026-04-13", None]),
        (["04/04/2026", "03/04/2026"], ["2026-04-04", None]),
    ],
)
def test_dates_that_fit_two_orders_where_none_is_proven_are_not_read_but_kept(
    days: list[str],
    read: list[str | None],
    extracts: Path,
    loaded: Loaded,
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    (extracts / "leads.csv").write_text(text(dated(*days)))
    (file,) = loaded().files
    assert (file.loaded, file.quarantined) == (len(days), 0)
    assert any(problem.startswith("CreatedDate was not read") for problem in file.problems)
    rows = warehouse.execute(
        "SELECT CreatedDate::DATE::VARCHAR, _extra->>'CreatedDate' FROM raw.salesforce_lead ORDER BY _record"
    ).fetchall()
    assert rows == [(day, None if day else text) for day, text in zip(read, days, strict=True)]


def test_a_date_that_fits_no_order_refuses_its_record(extracts: Path, loaded: Loaded) -> None:
    (extracts / "leads.csv").write_text(text(dated("13/13/2026", "03/04/2026", "03/14/2026")))
    (file,) = loaded().files
    assert (file.loaded, file.quarantined) == (2, 1)


def test_pieces_of_one_export_are_read_alike(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    rows = dated("03/04/2026", "03/14/2026")
    for n, row in enumerate(rows):
        (extracts / f"{n}.csv").write_text(text([row]))
    loaded()
    days = warehouse.execute("SELECT CreatedDate::DATE::VARCHAR FROM raw.salesforce_lead ORDER BY Id")
    assert days.fetchall() == [("2026-03-04",), ("2026-03-14",)]


@pytest.mark.parametrize(
    ("numbers", "read"),
    [
        (["1.234,50", "1.234", "7"], [1234.5, 1234.0, 7.0]),
        (["1,234.50", "1,234", "-7"], [1234.5, 1234.0, -7.0]),
        (["12,5", ""], [12.5, None]),
        (["$1,234.50", "EUR 100", "1 000"], [1234.5, 100.0, 1000.0]),
        (["1,234", "5,678"], [None, None]),
        (["1,50", "1.50"], [1.5, 1.5]),
        (["1.234", "1,5"], [1234.0, 1.5]),
        (["1.234", "7"], [1.234, 7.0]),
        (["1,234", "1.50"], [None, 1.5]),
    ],
)
def test_a_comma_is_decimal_only_where_a_value_proves_it(
    numbers: list[str],
    read: list[float],
    extracts: Path,
    loaded: Loaded,
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = [[f"00Q{n:012d}", "Lee", "A", "Open", value, "", ""] for n, value in enumerate(numbers)]
    (extracts / "leads.csv").write_text(text(rows))
    assert loaded().quarantined == 0
    assert [row[3] for row in leads(warehouse)] == read


def test_answers_of_an_interface_are_read_record_by_record(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "programs.json").write_text(
        '{"requestId":"1","success":true,\n"result":[{"id":1,"name":"P","channel":"Web","type":"Email"}]}'
    )
    (extracts / "contacts.jsonl").write_text(
        '{"id":"7","createdAt":"2026-01-01T00:00:00Z","archived":true,'
        '"properties":{"email":"a@b.c","lifecyclestage":"lead","mine":"x"}}\n'
        '{"id":"8","properties":{"email":"d@e.f"}}\n'
    )
    assert {file.object: file.loaded for file in loaded().files} == {"program": 1, "contact": 2}
    row = warehouse.execute(
        "SELECT email, lifecyclestage, archived, _extra FROM raw.hubspot_contact WHERE hs_object_id = '7'"
    ).fetchone()
    assert row == ("a@b.c", "lead", True, '{"properties":{"mine":"x"}}')


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=4))
def test_text_of_either_encoding_is_told_from_utf8(letters: str) -> None:
    assert encoding_of(("Id,Name\n" + letters).encode("utf-8")) == "utf-8"
    raw = ("Id,Name\n" + letters).encode("cp1252")
    if encoding_of(raw) == "utf-8":
        raw.decode("utf-8", errors="ignore")
    else:
        assert raw.decode(encoding_of(raw)) == "Id,Name\n" + letters
