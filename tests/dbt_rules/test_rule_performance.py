"""What rules did to MQLs, recomputed from published facts and seeds without the project's SQL.

The sample world counts recorded MQLs, which no rule tips over: here its scored ones count, from 45 points on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import permutations
from math import sqrt
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.dbt import dbt_vars
from orchestration.workspace import settings_in_effect
from tests.building import MARTS, SEEDS, WAREHOUSE, WITHOUT_UNIT_TESTS, call_dbt

SMALL = 1e-9
Z = 1.6448536269514722


@pytest.fixture(scope="module")
def marts(
    built_workspace: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("scored")
    workspace = built_workspace.workspace
    shutil.copyfile(workspace.warehouse, folder / WAREHOUSE)
    shutil.copyfile(workspace.marts(), folder / MARTS)
    shutil.copytree(workspace.seeds, folder / SEEDS)
    thresholds = folder / SEEDS / "mql_thresholds.csv"
    thresholds.write_text(thresholds.read_text().splitlines()[0] + "\nglobal,45,10,15,,,,,\n")
    settings = settings_in_effect(workspace).model_copy(update={"mql_basis": "scored"})
    as_of = date.fromisoformat(built_workspace.record["as_of"])
    selected = ("--select", "mql_thresholds+", "int_mql_basis+")
    done = call_dbt(folder, "build", *selected, *WITHOUT_UNIT_TESTS, variables=dbt_vars(settings, as_of))
    assert done.success, done.what_failed
    with duckdb.connect(str(folder / MARTS), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def found(marts: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return marts.execute("from marts.mart_rule_performance").df().set_index("rule_id")


@pytest.fixture(scope="module")
def rules(built_workspace: Any) -> pd.DataFrame:
    rules = pd.read_csv(built_workspace.workspace.seeds / "scoring_rules.csv")
    assert not rules.valid_from.notna().any()
    return rules.set_index("rule_id")


@pytest.fixture(scope="module")
def episodes(marts: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return marts.execute("from marts.fct_mql_episodes").df().set_index("mql_episode_id")


@pytest.fixture(scope="module")
def reasons(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row per episode and reason."""
    listed = episodes.reasons.explode().dropna()
    return pd.DataFrame(list(listed), index=listed.index)


def test_every_rule_and_path_has_its_row(
    found: pd.DataFrame, rules: pd.DataFrame, built_workspace: Any
) -> None:
    paths = pd.read_csv(built_workspace.workspace.seeds / "qualification_paths.csv").path_id
    assert sorted(found.index) == sorted({*rules.index, *("path:" + paths), "(all)"})
    points = found.points.dropna()
    assert (points == rules.points[points.index]).all()


def test_activities_fire_a_rule_where_they_earned_points(
    marts: duckdb.DuckDBPyConnection, found: pd.DataFrame, rules: pd.DataFrame, built_workspace: Any
) -> None:
    activities = marts.execute("from marts.fct_activities where points <> 0").df()
    end = pd.Timestamp(date.fromisoformat(built_workspace.record["as_of"]) + timedelta(days=1))
    assert len(activities) > 1000
    for rule_id in rules.index[rules.kind != "fit"]:
        own, row = activities[activities.rule_id == rule_id], found.loc[rule_id]
        assert (row.times_fired, row.leads_fired) == (len(own), own.lead_id.nunique()), rule_id
        assert row.points_given == pytest.approx(own.points.sum(), abs=1e-6)
        assert bool(row.is_dead) == (not (own.occurred_at >= end - timedelta(days=180)).any()), rule_id


def test_points_after_the_outcome_are_those_known_later_in_its_segment(
    marts: duckdb.DuckDBPyConnection, found: pd.DataFrame, rules: pd.DataFrame, episodes: pd.DataFrame
) -> None:
    activities = marts.execute("from marts.fct_activities where points <> 0").df()
    segments = marts.execute("from marts.fct_lead_segments").df()
    assert not (episodes.outcome.eq("sql") & episodes.sql_at_is_date_only.fillna(False).astype(bool)).any()
    decided = episodes[episodes.outcome_at.notna()].groupby(["lead_id", "segment_number"]).outcome_at.min()
    placed = activities.drop(columns="segment_number").merge(segments, on="lead_id")
    placed = placed[(placed.known_at >= placed.starts_at) & ~(placed.known_at >= placed.ends_at)].join(
        decided, on=["lead_id", "segment_number"], how="inner"
    )
    for rule_id in rules.index[rules.kind != "fit"]:
        own, row = placed[placed.rule_id == rule_id], found.loc[rule_id]
        given = own.points.sum()
        late = own.points[own.known_at > own.outcome_at].sum()
        if given:
            assert row.points_with_outcome == pytest.approx(given, abs=1e-6)
            assert row.share_after_outcome == pytest.approx(late / given, abs=1e-9), rule_id
        else:
            assert pd.isna(row.share_after_outcome), rule_id
    assert (found.share_after_outcome > 0).any()


def test_a_fit_rule_fires_where_it_holds_now(
    marts: duckdb.DuckDBPyConnection, found: pd.DataFrame, rules: pd.DataFrame
) -> None:
    newest = marts.execute("from marts.dim_lead_history where valid_to is null").df()
    holding = {
        "fit_employees": newest.employee_count >= 50,
        "fit_senior": newest.seniority.str.lower().isin(["c_level", "vp", "director"]),
        "fit_free_mail": newest.is_free_mail.fillna(False).astype(bool),
    }
    for rule_id, holds in holding.items():
        assert found.times_fired[rule_id] == holds.sum(), rule_id
        assert found.points_given[rule_id] == holds.sum() * rules.points[rule_id]


def test_mqls_stand_with_the_rules_of_their_reasons_and_the_path_they_took(
    found: pd.DataFrame, episodes: pd.DataFrame, reasons: pd.DataFrame
) -> None:
    expected = reasons.groupby("rule_id").apply(lambda own: own.index.nunique(), include_groups=False)
    expected = pd.concat(
        [expected, episodes.qualified_by[episodes.qualified_by.str.startswith("path:")].value_counts()]
    )
    for rule_id, row in found.drop(index="(all)").iterrows():
        assert row.mqls == expected.get(rule_id, 0), rule_id
        assert row.mqls_without == len(episodes) - row.mqls
    assert found.mqls["(all)"] == len(episodes) > 50


def test_a_rule_tipped_over_what_would_have_missed_threshold_or_minimum(
    marts: duckdb.DuckDBPyConnection,
    found: pd.DataFrame,
    rules: pd.DataFrame,
    episodes: pd.DataFrame,
    reasons: pd.DataFrame,
) -> None:
    scores = marts.execute("from marts.fct_lead_scores").df().set_index(["lead_id", "scored_at"])
    by_score = episodes[episodes.qualified_by == "score"]
    tipped = dict.fromkeys(rules.index, 0)
    for episode_id, episode in by_score.iterrows():
        then = scores.loc[(episode.lead_id, episode.mql_at)]
        own = reasons.loc[[episode_id]]
        for rule_id in set(own.rule_id) - {"floor"}:
            left = own[~own.rule_id.isin([rule_id, "floor"])]
            fit = left.points[left.activity_id.isna()].sum()
            engagement = max(0.0, left.points[left.activity_id.notna()].sum())
            reached = (
                fit + engagement >= episode.threshold_at_mql - SMALL
                and fit >= then.min_fit - SMALL
                and engagement >= then.min_engagement - SMALL
            )
            tipped[rule_id] += not reached
    assert sum(tipped.values()) > 100
    for rule_id, count in tipped.items():
        assert found.mqls_tipped_over[rule_id] == count, rule_id


def test_mqls_by_opens_only_have_no_other_activity_above_0_points(
    found: pd.DataFrame, rules: pd.DataFrame, episodes: pd.DataFrame, reasons: pd.DataFrame
) -> None:
    engaging = reasons[reasons.activity_id.notna() & (reasons.points > 0)]
    opens = set(rules.index[(rules.field == "email_open") & (rules.kind != "fit")])
    kinds = engaging.groupby(level=0).rule_id.agg(set)
    only = kinds[kinds.map(lambda used: used <= opens)]
    assert found.mqls_by_opens_only["(all)"] == len(only) > 0
    for rule_id, count in found.mqls_by_opens_only.drop("(all)").items():
        if rule_id in opens:
            assert count == sum(rule_id in used for used in only)
        else:
            assert pd.isna(count), rule_id


def wilson(k: int, n: int) -> tuple[float, float]:
    middle, half = k / n + Z**2 / (2 * n), Z * sqrt(k / n * (1 - k / n) / n + (Z / (2 * n)) ** 2)
    scale = 1 + Z**2 / n
    return (0.0 if k == 0 else (middle - half) / scale, 1.0 if k == n else (middle + half) / scale)


def test_a_difference_is_told_from_the_two_intervals(found: pd.DataFrame) -> None:
    known = found[found.rate_difference.notna()]
    assert len(known) > 5
    for rule_id, row in known.iterrows():
        ends = []
        for side, n, k, seen in (
            ("with", row.mqls, row.sqls, row.completeness),
            ("without", row.mqls_without, row.sqls_without, row.completeness_without),
        ):
            low, high = (min(end / seen, 1.0) for end in wilson(k, n))
            rate = min(k / n / seen, 1.0)
            assert (row[f"{side}_low"], row[f"rate_{side}"], row[f"{side}_high"]) == pytest.approx(
                (low, rate, high), abs=SMALL
            ), rule_id
            ends.append((low, rate, high))
        (low, rate, high), (other_low, other, other_high) = ends
        bounds = (
            rate - other - sqrt((rate - low) ** 2 + (other_high - other) ** 2),
            rate - other + sqrt((high - rate) ** 2 + (other - other_low) ** 2),
        )
        assert (row.difference_low, row.difference_high) == pytest.approx(bounds, abs=SMALL)
        assert row.is_distinguishable == (bounds[0] > 0 or bounds[1] < 0), rule_id


def test_the_rate_of_all_mqls_is_that_of_the_cohorts(
    marts: duckdb.DuckDBPyConnection, found: pd.DataFrame
) -> None:
    query = """
        select sum(entered) as entered, sum(converted) as converted, sum(entered * completeness) as seen
        from marts.mart_conversion_weekly
        where step = 'mql_to_sql' and channel = '(all)' and campaign_id = '(all)'
    """
    ((entered, converted, seen),) = marts.execute(query).fetchall()
    row = found.loc["(all)"]
    assert (row.mqls, row.sqls) == (entered, converted)
    assert row.rate_with == pytest.approx(min(converted / seen, 1.0), abs=1e-9)


def test_the_largest_share_of_mqls_in_common_is_the_overlap(
    found: pd.DataFrame, rules: pd.DataFrame, reasons: pd.DataFrame
) -> None:
    standing = {
        rule_id: set(own.index) for rule_id, own in reasons.groupby("rule_id") if rule_id in rules.index
    }
    best: dict[str, tuple[float, str]] = {}
    for one, other in permutations(sorted(standing), 2):
        both = len(standing[one] & standing[other])
        share = both / len(standing[one] | standing[other])
        if both and share > best.get(one, (0.0, ""))[0] + 1e-15:
            best[one] = (share, other)
    for rule_id, row in found.iterrows():
        if str(rule_id) in best:
            share, other = best[str(rule_id)]
            assert row.redundant_with == other, rule_id
            assert row.overlap == pytest.approx(share)
        else:
            assert pd.isna(row.redundant_with), rule_id
