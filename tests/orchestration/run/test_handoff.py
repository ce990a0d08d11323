"""The hand-off list that a run writes for sales."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_funnel import Funnel

from orchestration.handoff import cell, handoff_csv


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute(
        """
        create table marts.mart_handoff_queue as
        select * from (values
            (2, 'b-1', '=cmd|''/c calc''!A0', 'Zoë, "Z"', -3.46::double, ['a', 'b'], null, false),
            (1, 'a-1', null, 'Müller' || chr(10) || 'GmbH', 70, [], timestamp '2026-01-05 08:30:00.5', true)
        ) as queue (queue_position, mql_episode_id, name, company, lead_score, reasons, due_at, is_overdue)
        """
    )
    return connection


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_list_keeps_the_order_of_the_queue_and_nothing_in_it_runs(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(handoff_csv(marts)) == [
        [
            "queue_position",
            "mql_episode_id",
            "name",
            "company",
            "lead_score",
            "reasons",
            "due_at",
            "is_overdue",
        ],
        ["1", "a-1", "", "Müller\nGmbH", "70.0", "", "2026-01-05 08:30:00", "True"],
        ["2", "b-1", "'=cmd|'/c calc'!A0", 'Zoë, "Z"', "-3.5", "a | b", "", "False"],
    ]


def test_a_script_reads_the_list_as_it_is_and_excel_knows_its_encoding(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(handoff_csv(marts).encode("utf-8"))
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    read = duckdb.read_csv(str(file)).project("queue_position, company, due_at::varchar").fetchall()
    assert read == [(1, "Müller\nGmbH", "2026-01-05 08:30:00"), (2, 'Zoë, "Z"', None)]


def test_an_empty_queue_is_a_header_alone(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.mart_handoff_queue")
    assert len(rows(handoff_csv(marts))) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_begins_like_a_formula(start: str) -> None:
    assert cell(f"{start}1") == f"'{start}1"
    assert cell([f"{start}1", "a"]) == f"'{start}1 | a"


@pytest.mark.parametrize("value", ["Anne-Marie", "", "a=b", "1+1", -1.5, -3, 0, True])
def test_what_no_spreadsheet_runs_stays_as_it_is(value: object) -> None:
    assert cell(value) == value


def test_a_run_writes_the_list_of_its_day_read_only(first_run: Funnel) -> None:
    """What later runs do to it: test_run."""
    (file,) = (first_run.workspace.published / "handoff").iterdir()
    assert file == first_run.workspace.handoff(date(2026, 1, 24))
    assert file.stat().st_mode & 0o777 == 0o444
    header, row = rows(file.read_text(encoding="utf-8"))
    assert dict(zip(header, row, strict=True))["name"] == "'=1+1"
