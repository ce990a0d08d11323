"""A channel's accepted suggestion from the decision to the next calibration, through the whole main job."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.calibration import ledger
from orchestration.workspace import REPOSITORY, Workspace
from tests.conftest import BuiltWorkspace, run_bandpass

pytestmark = pytest.mark.long


def done(*arguments: str) -> str:
    told = run_bandpass(arguments)
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_an_accepted_threshold_of_a_channel_acts_on_it_alone_from_its_day_on(
    built_workspace: BuiltWorkspace, tmp_path: Path
) -> None:
    extracts, workspace = str(built_workspace.workspace.extracts), Workspace.at(tmp_path / "w")
    newest = date.fromisoformat(built_workspace.record["as_of"])
    earlier = newest - timedelta(weeks=8)
    at = ["--workspace", str(workspace.root)]
    done("run", *at, "--extracts", extracts, "--as-of", earlier.isoformat())
    (workspace.root / "seeds").mkdir(exist_ok=True)
    shipped = (REPOSITORY / "seeds" / "mql_thresholds.csv").read_bytes()
    (workspace.root / "seeds" / "mql_thresholds.csv").write_bytes(shipped)
    made = [s for s in ledger.read(workspace.decisions).of("suggestion") if s["segment"] == "organic_search"]
    own = float(made[-1]["current_threshold"]) + 7
    asked = made[-1] | {"suggestion_id": "c0ffee", "suggested_threshold": own, "status": "CHANGE"}
    ledger.append(workspace.decisions, [asked])
    assert f"organic_search: {own:g} from {earlier + timedelta(days=1)} on" in done(
        "thresholds", "accept", "c0ffee", *at, "--by", "Ana"
    )
    done("run", *at, "--extracts", extracts, "--as-of", newest.isoformat())
    begins = pd.Timestamp(earlier + timedelta(days=1))

    with duckdb.connect(str(workspace.marts()), read_only=True) as marts:

        def rows(sql: str) -> list[dict[str, Any]]:
            return marts.execute(sql).df().to_dict("records")

        (history,) = rows("from marts.mart_threshold_history where segment = 'organic_search'")
        assert (history["threshold"], history["effective_from"]) == (own, begins)
        assert (history["accepted_by"], history["suggestion_id"]) == ("Ana", "c0ffee")
        scores = marts.execute(
            """select scored_at, threshold, channel
               from marts.fct_lead_scores join marts.dim_leads using (lead_id)"""
        ).df()
        after, mine = scores["scored_at"] >= begins, scores["channel"] == "organic_search"
        assert (
            scores.loc[after & mine, "threshold"] == own
        ).mean() > 0.95  # but for leads that came to it since
        assert not (scores.loc[~after, "threshold"] == own).any()
        assert (scores.loc[after & ~mine, "threshold"] != own).mean() > 0.95
        (came,) = rows("from marts.mart_suggestion_outcomes where suggestion_id = 'c0ffee'")
        assert (came["promise"], came["threshold"], came["begins_at"]) == ("after", own, begins)
        newer = marts.execute(
            """select current_threshold from marts.mart_threshold_suggestions
               where segment = 'organic_search' and as_of > ?""",
            [begins.to_pydatetime()],
        ).fetchall()
        assert set(newer) <= {(own,)}
        judged = marts.table("marts.mart_threshold_channels").fetchall()
        assert bool(judged) == bool(newer)
