"""What a run keeps of the build before it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_funnel import Funnel

from orchestration.carry import dates_between


def last_record(funnel: Funnel) -> dict[str, Any]:
    records = [json.loads(path.read_text()) for path in funnel.workspace.runs.glob("*.json")]
    return max(records, key=lambda record: str(record["started_at"]))


def test_a_run_with_one_more_lead_computes_that_one(published: Funnel) -> None:
    published.add_leads("More.csv", ["2026-01-26"])
    done = published.bandpass("run")
    assert done.returncode == 0, done.stderr
    assert last_record(published)["leads"] == {"computed": 1, "known": 21}


@pytest.mark.parametrize("change", ["--full-refresh", "settings", "seed", "marts file"])
def test_a_run_computes_all_leads_where_more_than_rows_may_have_changed(
    published: Funnel, change: str
) -> None:
    options = []
    marts = published.workspace.marts()
    if change == "--full-refresh":
        options = [change]
    elif change == "settings":
        (published.workspace.root / "bandpass.yml").write_text("mql_basis: scored\ncooldown_days: 20\n")
        options = ["--restate"]
    elif change == "seed":
        (published.workspace.root / "seeds").mkdir()
        later = "segment,threshold\nglobal,50\nWeb,55\n"
        (published.workspace.root / "seeds" / "mql_thresholds.csv").write_text(later)
        options = ["--restate"]
    else:
        shutil.copyfile(marts, marts.with_suffix(".copy"))
        marts.with_suffix(".copy").replace(marts)
    published.add_leads("More.csv", ["2026-01-26"])
    done = published.bandpass("run", *options)
    assert done.returncode == 0, done.stderr
    found = last_record(published)["leads"]
    assert found["computed"] == found["known"]


def test_the_days_on_which_rules_begin_or_end_are_found_in_any_seed(tmp_path: Path) -> None:
    rules = tmp_path / "scoring_rules.csv"
    rules.write_text("rule_id,valid_from,valid_to\na,,2026-01-10\nb,2026-01-11,\nc,2026-01-01,not a date\n")
    thresholds = tmp_path / "mql_thresholds.csv"
    thresholds.write_text("segment,effective_from\nglobal,\nweb,2026-01-20\n")
    seeds = [rules, thresholds]
    assert dates_between(seeds, date(2026, 1, 10), date(2026, 1, 20)) == [
        date(2026, 1, 11),
        date(2026, 1, 20),
    ]
    assert dates_between(seeds, date(2026, 1, 9), date(2026, 1, 10)) == [date(2026, 1, 10)]
    assert dates_between(seeds, date(2026, 1, 20), date(2026, 3, 1)) == []
