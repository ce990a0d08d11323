"""The ledger of suggestions and decisions: appended once, durable, and nothing in it is ever lost."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from orchestration.calibration import ledger
from orchestration.errors import DataError

ONE = {"kind": "suggestion", "suggestion_id": "s1", "as_of": pd.Timestamp("2026-05-01"), "segment": "global"}
TWO = {"kind": "suggestion", "suggestion_id": "s2", "as_of": pd.Timestamp("2026-06-01"), "segment": "global"}


def test_an_entry_is_added_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "decisions.jsonl"
    assert ledger.append(path, [ONE, TWO, ONE]) == 2
    assert ledger.append(path, [ONE]) == 0
    assert [line["suggestion_id"] for line in ledger.read(path).lines] == ["s1", "s2"]


def test_no_file_is_an_empty_ledger(tmp_path: Path) -> None:
    assert ledger.read(tmp_path / "none.jsonl") == ledger.Ledger((), None)


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_last_line_is_reported_and_kept_aside(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "decisions.jsonl"
    ledger.append(path, [ONE, TWO])
    whole = path.read_bytes()
    torn = whole[: len(whole) - 1 - cut]
    path.write_bytes(torn)
    found = ledger.read(path)
    assert [line["suggestion_id"] for line in found.lines] == ["s1"]
    assert found.torn is not None
    assert path.read_bytes() == torn  # reading changes nothing
    assert ledger.append(path, [TWO]) == 1
    assert path.read_bytes() == whole
    assert ledger.aside(path).read_text().removesuffix("\n") == found.torn


def test_a_whole_last_line_without_its_newline_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    ledger.append(path, [ONE])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert ledger.read(path).torn is None
    assert ledger.append(path, [TWO]) == 1
    assert [line["suggestion_id"] for line in ledger.read(path).lines] == ["s1", "s2"]


def test_a_damaged_line_in_the_middle_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    ledger.append(path, [ONE, TWO])
    path.write_text("{half\n" + path.read_text())
    before = path.read_bytes()
    with pytest.raises(DataError, match="line 1"):
        ledger.append(path, [ONE])
    assert path.read_bytes() == before


def test_lines_of_other_kinds_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text(json.dumps({"kind": "handoffs_sent", "file": "a.csv"}) + "\n")
    ledger.append(path, [ONE])
    assert path.read_text().startswith('{"kind": "handoffs_sent"')
    assert len(ledger.suggestions(ledger.read(path), pd.Timestamp("2027-01-01"))) == 1


def test_an_e_mail_address_is_refused(tmp_path: Path) -> None:
    decision = {"kind": "decision", "suggestion_id": "s1", "decided_by": "ann@example.com"}
    with pytest.raises(DataError, match="e-mail"):
        ledger.append(tmp_path / "d.jsonl", [decision])


def test_only_what_was_suggested_and_decided_by_the_as_of_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    decided = {"kind": "decision", "suggestion_id": "s1", "decided_by": "Ann", "decision_note": None}
    early = {**decided, "decision": "rejected", "decided_at": pd.Timestamp("2026-05-02")}
    late = {**decided, "decision": "accepted", "decided_at": pd.Timestamp("2026-05-20")}
    ledger.append(path, [TWO, ONE, early, late])
    book = ledger.read(path)

    def shown(day: str) -> list[tuple[str, str | None]]:
        rows = ledger.suggestions(book, pd.Timestamp(day))
        return [(row["suggestion_id"], row["decision"]) for row in rows]

    assert shown("2026-04-30") == []
    assert shown("2026-05-02") == [("s1", None)]
    assert shown("2026-05-10") == [("s1", "rejected")]
    assert shown("2026-06-01") == [("s1", "accepted"), ("s2", None)]
