"""Decisions about thresholds: what is written, what is refused, and that nothing is lost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestration.calibration import ledger
from orchestration.cli import app
from orchestration.governance import threshold_file
from orchestration.governance import workspace as governed
from orchestration.governance.decide import Decider
from orchestration.governance.threshold_file import (
    ThresholdRow,
    append_row,
    in_force,
    read_thresholds,
)
from orchestration.locking import run_lock
from orchestration.workspace import Workspace

HEADER = (
    "segment,threshold,min_fit,min_engagement,effective_from,accepted_at,accepted_by,suggestion_id,note\n"
)
SHIPPED = HEADER + "global,60,10,15,,,,,Shipped\n"
PUBLISHED = date(2026, 6, 28)


def suggestion(name: str, day: str = "2026-06-28", **values: Any) -> dict[str, Any]:
    return {
        "kind": "suggestion",
        "suggestion_id": name,
        "as_of": pd.Timestamp(day) + pd.Timedelta(days=1),
        "segment": "global",
        "status": "CHANGE",
        "current_threshold": 61.0,
        "suggested_threshold": 55.0,
        "equivalent_low": 53.0,
        "equivalent_high": 57.0,
        "rate_now": 0.34,
        "rate_now_low": 0.31,
        "rate_now_high": 0.37,
        "p_in_band_now": 0.02,
        "rate_after": 0.22,
        "rate_after_low": 0.18,
        "rate_after_high": 0.26,
        "p_in_band_after": 0.97,
        "is_identified": False,
        "marginal_rate": None,
        "reasons": "The rate is [above] the band.",
    } | values


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace that published one day, with its own thresholds and one suggestion."""
    workspace = Workspace.at(tmp_path / "w")
    workspace.published.mkdir(parents=True)
    publish(workspace, PUBLISHED)
    (workspace.root / "seeds").mkdir()
    thresholds(workspace).write_text(SHIPPED)
    ledger.append(workspace.decisions, [suggestion("abc1")])
    return workspace


def publish(workspace: Workspace, day: date) -> None:
    workspace.marts().unlink(missing_ok=True)
    with duckdb.connect(str(workspace.marts())) as marts:
        marts.execute("create schema marts")
        marts.execute("create table marts.mart_publication as select ?::date as as_of", [day])


def thresholds(workspace: Workspace) -> Path:
    return workspace.root / "seeds" / "mql_thresholds.csv"


def bandpass(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    """(exit code, what it printed) of `bandpass thresholds`."""
    done = CliRunner().invoke(
        app, ["thresholds", *arguments, "--workspace", str(workspace.root)], env={"COLUMNS": "200"}
    )
    return done.exit_code, done.output


def decisions(workspace: Workspace) -> list[tuple[str, str]]:
    lines = ledger.read(workspace.decisions).of("decision")
    return [(str(line["suggestion_id"]), str(line["decision"])) for line in lines]


def test_accepting_adds_one_row_from_the_day_after_the_published_one(place: Workspace) -> None:
    code, said = bandpass(place, "accept", "abc1", "--by", "Ana", "--note", "Sales has room")
    assert code == 0, said
    assert "55 from 2026-06-29 on" in said
    assert thresholds(place).read_text().startswith(SHIPPED)
    row = read_thresholds(thresholds(place))[-1]
    assert (row.segment, row.threshold, row.min_fit, row.min_engagement) == ("global", 55.0, 10.0, 15.0)
    assert (row.effective_from, row.accepted_by) == (date(2026, 6, 29), "Ana")
    assert (row.suggestion_id, row.note) == ("abc1", "Sales has room")
    assert decisions(place) == [("abc1", "accepted")]


def test_a_later_day_can_be_chosen_and_no_earlier_one(place: Workspace) -> None:
    before = thresholds(place).read_bytes()
    code, said = bandpass(place, "accept", "abc1", "--from", "2026-06-28")
    assert (code, "changes nothing in the past" in said) == (2, True)
    assert thresholds(place).read_bytes() == before
    assert not decisions(place)
    assert bandpass(place, "accept", "abc1", "--from", "2026-08-01")[0] == 0
    assert read_thresholds(thresholds(place))[-1].effective_from == date(2026, 8, 1)


def test_the_same_suggestion_is_accepted_once(place: Workspace) -> None:
    assert bandpass(place, "accept", "abc")[0] == 0
    after = thresholds(place).read_bytes()
    code, said = bandpass(place, "accept", "abc1")
    assert (code, "accepted already" in said) == (2, True)
    assert thresholds(place).read_bytes() == after


def test_newer_data_make_a_suggestion_stale(place: Workspace) -> None:
    publish(place, date(2026, 7, 5))
    code, said = bandpass(place, "accept", "abc1")
    assert (code, "stale" in said, "2026-07-05" in said) == (2, True, True)


def test_a_newer_suggestion_makes_the_older_one_stale(place: Workspace) -> None:
    ledger.append(place.decisions, [suggestion("def2", suggested_threshold=50.0)])
    code, said = bandpass(place, "accept", "abc1")
    assert (code, "there is a newer one" in said) == (2, True)
    assert bandpass(place, "accept", "def2")[0] == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("global,58,10,15,2026-07-10,2026-06-30 08:00:00,Bo,,By hand", "sets global to 58 from 2026-07-10"),
        ("global,58,10,15,2026-06-01,2026-05-30 08:00:00,Bo,,By hand", "it judged a threshold of 61"),
    ],
)
def test_another_threshold_since_makes_a_suggestion_stale(place: Workspace, row: str, said: str) -> None:
    thresholds(place).write_text(f"{SHIPPED}{row}\n")
    code, output = bandpass(place, "accept", "abc1")
    assert (code, said in output) == (2, True), output


def test_a_suggestion_that_keeps_an_accepted_threshold_changes_nothing(place: Workspace) -> None:
    thresholds(place).write_text(f"{SHIPPED}global,61,10,15,2026-06-01,2026-05-30 08:00:00,Bo,,By hand\n")
    ledger.append(place.decisions, [suggestion("keep", status="HOLD", suggested_threshold=61.0)])
    code, said = bandpass(place, "accept", "keep")
    assert (code, "keeps the threshold in force, 61" in said) == (2, True), said


def test_rejecting_records_why_and_changes_no_threshold(place: Workspace) -> None:
    before = thresholds(place).read_bytes()
    assert bandpass(place, "reject", "abc1", "--why", "Trade fair next week", "--by", "Bo")[0] == 0
    assert thresholds(place).read_bytes() == before
    line = ledger.read(place.decisions).of("decision")[0]
    assert (line["decision"], line["decision_note"], line["decided_by"]) == (
        "rejected",
        "Trade fair next week",
        "Bo",
    )
    # in a narrow terminal the cell goes on in the next line
    assert re.search(r"rejected by\b.*?\bBo\b", bandpass(place, "list")[1], re.DOTALL)
    # on second thoughts
    assert bandpass(place, "accept", "abc1")[0] == 0
    assert bandpass(place, "reject", "abc1", "--why", "No")[0] == 2


def test_rollback_brings_back_what_was_before_and_deletes_nothing(place: Workspace) -> None:
    bandpass(place, "accept", "abc1", "--by", "Ana")
    accepted = thresholds(place).read_text()
    publish(place, date(2026, 7, 5))
    code, said = bandpass(place, "rollback", "--by", "Bo", "--note", "Too many")
    assert code == 0, said
    assert thresholds(place).read_text().startswith(accepted)
    rows = read_thresholds(thresholds(place))
    assert [in_force(rows, "global", day).threshold for day in (date(2026, 7, 5), date(2026, 7, 6))] == [
        55,
        60,
    ]  # type: ignore[union-attr]
    assert rows[-1].note == "Takes back abc1: Too many"
    assert decisions(place) == [("abc1", "accepted"), ("abc1", "rolled back")]
    # a second one takes back the first
    assert bandpass(place, "rollback")[0] == 0
    assert read_thresholds(thresholds(place))[-1].threshold == 55


def test_a_threshold_that_is_not_in_force_yet_is_taken_back_on_its_first_day(place: Workspace) -> None:
    bandpass(place, "accept", "abc1", "--from", "2026-08-01")
    assert bandpass(place, "rollback")[0] == 0
    rows = read_thresholds(thresholds(place))
    row = in_force(rows, "global", date(2026, 8, 1))
    assert row is not None
    assert (row.threshold, row.effective_from) == (60, date(2026, 8, 1))


def test_nothing_changed_can_not_be_taken_back(place: Workspace) -> None:
    code, said = bandpass(place, "rollback")
    assert (code, "Nothing was ever changed" in said) == (2, True)


def test_the_first_row_of_a_channel_rolls_back_to_global(place: Workspace) -> None:
    thresholds(place).write_text(f"{SHIPPED}Paid search,70,10,15,2026-06-01,,Bo,,\n")
    assert bandpass(place, "rollback", "--segment", "Paid search")[0] == 0
    assert read_thresholds(thresholds(place))[-1].threshold is None


def test_a_process_killed_between_row_and_ledger_is_mended_by_accepting_again(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = Decider("Ana", datetime.fromisoformat("2026-06-29 08:00"))
    with monkeypatch.context() as broken:
        broken.setattr(governed.ledger, "append", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            governed.accept(place, "abc1", since=None, by=by)
    assert not decisions(place)
    rows = read_thresholds(thresholds(place))
    assert bandpass(place, "accept", "abc1", "--by", "Bo")[0] == 0
    assert read_thresholds(thresholds(place)) == rows
    line = ledger.read(place.decisions).of("decision")[0]
    assert (line["decided_by"], line["decided_at"]) == ("Ana", "2026-06-29T08:00:00")


def test_nothing_is_decided_while_a_run_works(place: Workspace) -> None:
    with run_lock(place.lock):
        code, said = bandpass(place, "accept", "abc1")
    assert (code, "Another run" in said) == (1, True)


@pytest.mark.parametrize(
    ("wanted", "said"), [("zzz", "no suggestion"), ("", "no suggestion"), ("abc", "2 suggestions")]
)
def test_an_unknown_or_ambiguous_id_is_refused(place: Workspace, wanted: str, said: str) -> None:
    ledger.append(place.decisions, [suggestion("abc2")])
    code, output = bandpass(place, "show", wanted)
    assert (code, said in output) == (2, True), output


def test_nothing_can_be_decided_before_something_is_published(tmp_path: Path) -> None:
    code, said = bandpass(Workspace.at(tmp_path), "accept", "abc1")
    assert (code, "Nothing is published" in said) == (2, True)


def test_an_email_address_is_refused_as_a_name_and_as_a_reason(place: Workspace) -> None:
    for options in (["--by", "ana@example.com"], ["--note", "see bo@example.com"]):
        code, said = bandpass(place, "accept", "abc1", *options)
        assert (code, "e-mail address" in said) == (2, True)
    assert thresholds(place).read_text() == SHIPPED


def test_show_says_what_a_person_needs_to_decide(place: Workspace) -> None:
    _, said = bandpass(place, "show", "abc1")
    assert "61 → 55" in said
    assert "34.0% expected final (90 %: 31.0%–37.0%), in the band with a chance of 2%" in said
    assert "not tested" in said
    assert "The rate is [above] the band." in said  # no markup


def test_json_is_one_object(place: Workspace) -> None:
    bandpass(place, "accept", "abc1")
    code, said = bandpass(place, "list", "--json")
    found = json.loads(said)
    assert code == 0
    assert found["thresholds"][-1]["effective_from"] == "2026-06-29"
    assert found["suggestions"][0]["decision"] == "accepted"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "global,sixty,10,15,,,,,\n", "line 2, column threshold"),
        (HEADER + "global,60,10,15,soon,,,,\n", "line 2, column effective_from"),
        ("segment,threshold\nglobal,60\n", "lack the columns min_fit"),
    ],
)
def test_a_broken_file_is_named_with_line_and_column(place: Workspace, text: str, said: str) -> None:
    thresholds(place).write_text(text)
    code, output = bandpass(place, "list")
    assert (code, said in output) == (1, True), output


def test_a_file_that_can_not_be_written_is_said(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(threshold_file, "write_in_place", denied)
    code, said = bandpass(place, "accept", "abc1")
    assert (code, "Permission denied" in said, "workspace's own seeds" in said) == (2, True, True)
    assert not decisions(place)


@given(
    note=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30),
    threshold=st.floats(-1e6, 1e6),
    ending=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
)
def test_an_appended_row_is_read_back_and_is_no_formula(
    tmp_path_factory: pytest.TempPathFactory, note: str, threshold: float, ending: str, closed: bool
) -> None:
    path = tmp_path_factory.mktemp("seeds") / "mql_thresholds.csv"
    before = SHIPPED.replace("\n", ending)
    path.write_bytes((before if closed else before.removesuffix(ending)).encode())
    at = datetime.fromisoformat("2026-06-30 09:30")
    append_row(path, ThresholdRow("global", threshold, 1.5, 2.0, date(2026, 7, 1), at, "Ana", "abc", note))
    assert path.read_bytes().startswith(before.encode())
    shipped, row = read_thresholds(path)
    assert shipped.threshold == 60
    assert (row.threshold, row.min_fit, row.min_engagement, row.accepted_at) == (threshold, 1.5, 2.0, at)
    kept = " ".join(note.split())
    assert row.note in ({None} if not kept else {kept, f"'{kept}"})
    assert row.note is None or not row.note.startswith(("=", "+", "-", "@"))


def test_help_stays_quick() -> None:
    """pandas is imported only where something is decided."""
    code = "import sys, orchestration.cli; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
