"""Published decisions stay as they are, unless a run is asked to change them; then everybody is told."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from small_funnel import BANDPASS, Funnel

from orchestration.records import read_records
from orchestration.workspace import SETTINGS_FILE, Workspace

EPISODES = """
    select lead_id, mql_at, qualified_by, score_at_mql, fit_score_at_mql, engagement_score_at_mql,
        threshold_at_mql, scoring_version, channel, reasons
    from marts.fct_mql_episodes where mql_at < ? order by all
"""


def own_seed(workspace: Workspace, name: str, text: str) -> Path:
    path = workspace.root / "seeds" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def table(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(workspace.marts()), read_only=True) as marts:
        return marts.execute(f"from marts.{name} order by all").df().to_dict("records")


def ledger_lines(workspace: Workspace) -> list[dict[str, Any]]:
    return [json.loads(line) for line in workspace.decisions.read_text().splitlines()]


def test_a_publication_carries_the_rows_it_was_decided_by(first_run: Funnel) -> None:
    (row,) = table(first_run.workspace, "seeds_in_force")
    assert (row["file"], row["row"]) == ("mql_thresholds.csv", 1)
    assert json.loads(row["content"]) == {"segment": "global", "threshold": "50"}
    assert table(first_run.workspace, "mart_restatements") == []
    (publication,) = table(first_run.workspace, "mart_publication")
    assert json.loads(publication["decision_settings"])["mql_basis"] == "scored"


def test_a_threshold_changed_for_the_past_is_refused_and_with_restate_logged_and_shown(
    published: Funnel,
) -> None:
    workspace, before = published.workspace, published.hashes()
    log = workspace.decisions.read_bytes()
    seed = own_seed(workspace, "mql_thresholds.csv", "segment,threshold\nglobal,55\n")

    refused = published.run()
    assert refused.returncode == 2
    assert "threshold 50 → 55" in refused.stderr
    assert f"{seed}, line 2" in refused.stderr
    assert "global,55,2026-01-25" in refused.stderr
    assert "--restate" in refused.stderr
    assert published.hashes() == before
    assert workspace.decisions.read_bytes() == log
    assert read_records(workspace.runs)[-1]["state"] == "failed"

    # An older day is published beside the current files: it changes no published decision.
    older = published.run("--as-of", "2026-01-10")
    assert older.returncode == 0, older.stderr
    assert {line["kind"] for line in ledger_lines(workspace)} == {"suggestion"}

    restated = published.run("--restate")
    assert restated.returncode == 0, restated.stderr
    (line,) = [line for line in ledger_lines(workspace) if line["kind"] == "restatement"]
    told = {"subject": "mql_thresholds.csv global", "detail": "threshold 50 → 55", "episodes_before": 20,
            "episodes_after": 20, "episodes_changed": 20}  # fmt: skip
    assert {name: line[name] for name in told} == told
    assert line["restated"] == "seed"
    (row,) = table(workspace, "mart_restatements")
    assert {name: row[name] for name in told} == told
    assert [r["kind"] for r in read_records(workspace.runs)[-1]["restatements"]] == ["seed"]
    report = workspace.report(date(2026, 1, 24)).read_text()
    assert "20 MQLs changed" in report
    assert "threshold 50 → 55" in report

    # The same again changes nothing more, and what was restated stays told.
    rest = published.hashes()
    assert "Nothing new" in published.run().stdout
    done = published.run("--full-refresh")
    assert done.returncode == 0, done.stderr
    assert published.hashes() == rest


def test_which_mqls_count_is_decided_once(published: Funnel) -> None:
    workspace, before = published.workspace, published.hashes()
    settings = workspace.root / SETTINGS_FILE
    settings.write_text("mql_basis: recorded\n")
    refused = published.run()
    assert refused.returncode == 2
    assert "mql_basis: scored → recorded" in refused.stderr
    assert published.hashes() == before
    # Without settings of its own the workspace keeps what it decided.
    settings.unlink()
    done = published.run()
    assert done.returncode == 0, done.stderr
    assert "mql_basis: scored" in settings.read_text()


def test_a_rule_changed_from_a_day_on_leaves_all_earlier_episodes_identical(
    built_workspace: Any, tmp_path: Path
) -> None:
    built = built_workspace.workspace
    published = date.fromisoformat(built_workspace.record["as_of"])
    since = published - timedelta(days=60)
    workspace = Workspace.at(tmp_path / "workspace")
    workspace.root.mkdir()
    shutil.copyfile(built.root / SETTINGS_FILE, workspace.root / SETTINGS_FILE)
    rules = list(csv.DictReader((built.seeds / "scoring_rules.csv").open(encoding="utf-8")))
    changed = [
        version
        for rule in rules
        for version in (
            [rule | {"valid_to": str(since)}, rule | {"valid_from": str(since), "points": "40"}]
            if rule["rule_id"] == "email_click"
            else [rule]
        )
    ]
    seed = write_rules(workspace, changed)

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        arguments = ["run", "--workspace", str(workspace.root), "--extracts", str(built.extracts), *options]
        return subprocess.run([BANDPASS, *arguments], capture_output=True, text=True, check=False)

    done = run()
    assert done.returncode == 0, done.stderr
    before, after = episodes(built, since), episodes(workspace, since)
    assert before
    assert after == before
    tomorrow = published + timedelta(days=1)
    assert episodes(workspace, tomorrow) != episodes(built, tomorrow)

    # The same change for the past is refused; what is published stays.
    stamp = workspace.marts().stat()
    write_rules(
        workspace, [rule | {"points": "40"} if rule["rule_id"] == "email_click" else rule for rule in rules]
    )
    refused = run()
    assert refused.returncode == 2
    assert str(seed) in refused.stderr
    assert "email_click" in refused.stderr
    assert workspace.marts().stat() == stamp


def write_rules(workspace: Workspace, rules: list[dict[str, str]]) -> Path:
    path = own_seed(workspace, "scoring_rules.csv", "")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rules[0].keys())
        writer.writeheader()
        writer.writerows(rules)
    return path


def episodes(workspace: Workspace, before: date) -> list[tuple[Any, ...]]:
    """The episodes that began before a day, as they were decided."""
    with duckdb.connect(str(workspace.marts()), read_only=True) as marts:
        return marts.execute(EPISODES, [before]).fetchall()
