"""XLSX exports: what a spreadsheet keeps as numbers comes out as what it means."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import DataError
from orchestration.loading import LoadResult
from tests.orchestration.loading.workbooks import Formula, Serial, write_workbook

Loaded = Callable[..., LoadResult]

CONTACTS = ["Record ID", "First Name", "Email", "Lifecycle Stage", "Create Date", "Annual Revenue",
            "Unsubscribed from all email", "HubSpot Score"]  # fmt: skip


def contacts(warehouse: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return warehouse.execute(
        "SELECT hs_object_id, firstname, createdate::VARCHAR, annualrevenue, hs_email_optout, hubspotscore"
        " FROM raw.hubspot_contact ORDER BY _record"
    ).fetchall()


def test_numbers_dates_and_flags_of_a_workbook_mean_what_they_say(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    rows = [
        CONTACTS,
        [1234567890123456, 'Änn, "A"', "a@b.example", "lead", Serial(46085), 1000000, True, 12.5],
        [123.0, "Lee\nBo", "b@b.example", "lead", Serial(46085.5625), 1.5, False, None],
        [None, None, None, None, None, None, None, None],
        ["0042", "Lee", "c@b.example", "lead", "2026-03-04 10:00", None, None, 0.001],
        [None, None, None, None, None, None, None, None],
    ]
    write_workbook(extracts / "contacts.xlsx", {"contacts": rows, "Notes": [["Other"]], "Empty": []})
    (file,) = loaded().files
    assert (file.object, file.records, file.loaded, file.quarantined) == ("contact", 3, 3, 0)
    assert "Only its first sheet is read, not Notes." in file.problems
    assert contacts(warehouse) == [
        ("1234567890123456", 'Änn, "A"', "2026-03-04 00:00:00", "1000000", True, 12.5),
        ("123", "Lee\nBo", "2026-03-04 13:30:00", "1.5", False, None),
        ("0042", "Lee", "2026-03-04 10:00:00", None, None, 0.001),
    ]
    kept = warehouse.execute("SELECT count(_extra) FROM raw.hubspot_contact").fetchone()
    assert kept == (0,)


def test_a_workbooks_numbers_are_never_taken_for_groups_of_digits(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    header = ["Record ID", "Deal Name", "Deal Stage", "Amount"]
    write_workbook(
        extracts / "deals.xlsx", {"deals": [header, [1, "A", "won", 1.234], [2, "B", "won", "1.234,5"]]}
    )
    assert loaded().quarantined == 0
    amounts = warehouse.execute("SELECT amount FROM raw.hubspot_deal ORDER BY _record").fetchall()
    assert amounts == [(1.234,), (1234.5,)]


def test_formulas_give_their_result_and_are_never_run(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    rows = [
        CONTACTS,
        [Formula("1+6", "7"), "=cmd|' /C calc'!A0", "a@b.example", "lead", None, None, None, None],
    ]
    write_workbook(extracts / "contacts.xlsx", {"contacts": rows})
    loaded()
    assert [row[:2] for row in contacts(warehouse)] == [("7", "=cmd|' /C calc'!A0")]


def test_a_workbook_that_grows_without_end_is_refused(
    extracts: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.loading.copies.LARGEST_WORKBOOK", 100_000)
    write_workbook(extracts / "contacts.xlsx", {"contacts": [CONTACTS, *[[n] * 8 for n in range(5_000)]]})
    with pytest.raises(DataError, match="larger than"):
        loaded()


def test_a_broken_workbook_is_refused_in_one_sentence(extracts: Path, loaded: Loaded) -> None:
    with zipfile.ZipFile(extracts / "a.xlsx", "w") as book:
        book.writestr("nothing.txt", "nothing")
    (extracts / "b.xlsx").write_bytes((extracts / "a.xlsx").read_bytes()[:20])
    with pytest.raises(DataError, match="workbook can't be read"):
        loaded()
