"""What the marts say of the sample world against the truth that the pipeline never reads."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

from scipy.stats import binom


def truth(workspace: Any, name: str) -> list[dict[str, str]]:
    path: Path = workspace.extracts / "truth" / name
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def rows(built_workspace: Any, sql: str) -> list[tuple[Any, ...]]:
    with built_workspace.marts() as marts:
        return list(marts.execute(sql).fetchall())


def test_every_true_mql_is_an_episode_and_nothing_else_is(built_workspace: Any) -> None:
    expected = {
        row["channel"]: int(row["mqls"]) for row in truth(built_workspace.workspace, "channel_rates.csv")
    }
    [(mqls,)] = rows(built_workspace, "select count(*) from marts.fct_mql_episodes")
    assert mqls == expected["(all)"]


def test_the_recovered_rate_of_every_channel_holds_the_true_one(built_workspace: Any) -> None:
    # Exact 99.9 % intervals of what has been seen so far against what should have been: n times the share
    # that usually is seen by that age. The world is fixed, so this passes or fails for good.
    seen = rows(
        built_workspace,
        """
        select channel, sum(entered), sum(converted_within_horizon),
            sum(entered * completeness) / sum(entered)
        from marts.mart_conversion_weekly
        where step = 'mql_to_sql' and campaign_id = '(all)' and channel not in ('(all)', '(none)')
        group by channel
        """,
    )
    true_rate: dict[str, list[float]] = defaultdict(list)
    for row in truth(built_workspace.workspace, "mqls.csv"):
        true_rate[row["channel"].lower().replace(" ", "_")].append(float(row["p_sql"]))
    compared = 0
    for channel, entered, converted, share_seen in seen:
        chances = true_rate[channel]
        expected = sum(chances) / len(chances) * share_seen
        assert binom.cdf(converted, entered, expected) > 0.0005, channel
        assert binom.sf(converted - 1, entered, expected) > 0.0005, channel
        compared += 1
    assert compared >= 6
