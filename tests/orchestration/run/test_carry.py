"""What a run keeps of the build before it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_funnel import Funnel

from orchestration.carry import carries, dates_between
from orchestration.records import RunRecord
from orchestration.session import RunRequest, RunSession
from orchestration.workspace import settings_in_effect


def last_record(funnel: Funnel) -> dict[str, Any]:
    records = [json.loads(path.read_text()) for path in funnel.workspace.runs.glob("*.json")]
    return max(records, key=lambda record: str(record["started_at"]))


def test_a_run_with_one_more_lead_computes_that_one(published: Funnel) -> None:
    published.add_leads("More.csv", ["2026-01-26"], first=100)
    done = published.run()
    assert done.returncode == 0, done.stderr
    assert last_record(published)["leads"] == {"computed": 1, "known": 21}


def next_session(funnel: Funnel, monkeypatch: pytest.MonkeyPatch, folder: Path, **asked: bool) -> RunSession:
    """The session of the next run on this workspace, with its extracts loaded."""
    monkeypatch.setenv("BANDPASS_DBT_PROJECT", funnel.environment["BANDPASS_DBT_PROJECT"])
    request = RunRequest(funnel.workspace, funnel.workspace.extracts, **asked)
    session = RunSession(request, settings_in_effect(funnel.workspace), RunRecord("next"), folder, {})
    session.set_as_of(date(2026, 1, 26))
    return session


def test_the_next_run_carries_what_did_not_change(
    published: Funnel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert carries(next_session(published, monkeypatch, tmp_path))


@pytest.mark.parametrize("asked", ["full_refresh", "restate"])
def test_nothing_is_carried_where_everything_is_asked_for(
    published: Funnel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: str
) -> None:
    assert not carries(next_session(published, monkeypatch, tmp_path, **{asked: True}))


@pytest.mark.parametrize("changed", ["settings", "seeds", "marts", "warehouse", "record", "rule begins"])
def test_nothing_is_carried_where_more_than_rows_may_have_changed(
    published: Funnel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: str
) -> None:
    workspace = published.workspace
    if changed == "settings":
        (workspace.root / "bandpass.yml").write_text("mql_basis: scored\ncooldown_days: 20\n")
    elif changed == "seeds":
        (workspace.seeds / "mql_thresholds.csv").write_text("segment,threshold\nglobal,55\n")
    elif changed == "record":
        for path in workspace.runs.glob("*.json"):
            path.unlink()
    elif changed == "rule begins":
        monkeypatch.setattr("orchestration.carry.DATED_COLUMNS", ("threshold",))
        path = workspace.seeds / "mql_thresholds.csv"
        path.write_text("segment,threshold\nglobal,2026-01-26\n")
        monkeypatch.setattr("orchestration.carry._digest", lambda session: "the same")
        for record in workspace.runs.glob("*.json"):
            content = json.loads(record.read_text())
            content["carry"]["digest"] = "the same"
            record.write_text(json.dumps(content))
    else:
        path = workspace.marts() if changed == "marts" else workspace.warehouse
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    assert not carries(next_session(published, monkeypatch, tmp_path))


def test_the_days_on_which_rules_begin_or_end_are_found_in_any_seed(tmp_path: Path) -> None:
    rules = tmp_path / "scoring_rules.csv"
    rules.write_text("rule_id,valid_from,valid_to\na,,2026-01-10\nb,2026-01-11,\nc,2026-01-01,not a date\n")
    thresholds = tmp_path / "mql_thresholds.csv"
    thresholds.write_text("segment,effective_from\nglobal,\nweb,2026-01-20\n")
    seeds = [rules, thresholds]
    january = [date(2026, 1, day) for day in range(1, 32)]
    assert dates_between(seeds, january[9], january[19]) == [january[10], january[19]]
    assert dates_between(seeds, january[8], january[9]) == [january[9]]
    assert dates_between(seeds, january[19], january[30]) == []
