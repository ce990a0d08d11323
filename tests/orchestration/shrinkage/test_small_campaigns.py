"""mart_small_campaigns: what is in a row, and what is said where there is little."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.settings import Settings
from orchestration.shrinkage import checks
from orchestration.shrinkage.job import COLUMNS, small_campaigns, write_small_campaigns

from .funnel_worlds import HORIZON, counts, make_world


def made(*rows: tuple[str, str, int, int, int]) -> pd.DataFrame:
    table = small_campaigns(counts(*rows), history_days=364, min_completeness=0.15)
    assert failures(table) == []
    return table.set_index(["channel", "campaign_id"])


def failures(table: pd.DataFrame) -> list[str]:
    return [
        *checks.campaigns_are_unique(table),
        *checks.campaign_rates_are_shares(table),
        *checks.channels_are_the_sum_of_their_campaigns(table),
        *checks.differences_have_a_direction(table),
    ]


def test_a_large_campaign_keeps_its_rate_and_a_small_one_goes_to_its_channel() -> None:
    found = made(
        ("web", "large", HORIZON, 2000, 400),
        ("web", "tiny", HORIZON, 3, 3),
        ("web", "other", HORIZON, 500, 100),
        ("mail", "one", HORIZON, 400, 40),
        ("mail", "two", HORIZON, 300, 30),
    )
    large, tiny = found.loc[("web", "large")], found.loc[("web", "tiny")]
    assert large["rate_shrunken"] == pytest.approx(0.2, abs=0.005)
    assert tiny["rate_expected"] == 1
    assert 0.2 < tiny["rate_shrunken"] < 0.6
    assert tiny["shrunken_high"] - tiny["shrunken_low"] > large["shrunken_high"] - large["shrunken_low"]
    assert found.loc[("mail", "(all)"), "rate_shrunken"] == pytest.approx(0.1, abs=0.02)


def test_what_one_row_counts() -> None:
    found = made(
        ("web", "a", 0, 10, 0), ("web", "a", 30, 20, 6), ("web", "a", HORIZON, 40, 8), ("web", "b", 0, 5, 0)
    )
    row = found.loc[("web", "a")]
    assert (row["entered"], row["converted"], row["matured"]) == (70, 14, 40)
    assert row["exposure"] == pytest.approx(20 * 0.6 + 40)
    assert row["completeness"] == pytest.approx(52 / 70)
    assert row["rate_expected"] == pytest.approx(14 / 52)
    assert found.loc[("web", "(all)"), "entered"] == 75


def test_a_campaign_unlike_its_channel_is_named() -> None:
    found = made(
        ("web", "good", HORIZON, 60, 36),
        ("web", "bad", HORIZON, 60, 2),
        ("web", "usual", HORIZON, 600, 120),
        ("web", "more", HORIZON, 600, 125),
    )
    assert found["direction"].dropna().to_dict() == {("web", "good"): "above", ("web", "bad"): "below"}
    assert not found.loc[("web", "usual"), "differs_from_channel"]


def test_the_only_campaign_of_a_channel_is_not_compared() -> None:
    found = made(
        ("web", "only", HORIZON, 100, 20), ("mail", "a", HORIZON, 50, 5), ("mail", "b", HORIZON, 50, 9)
    )
    only = found.loc[("web", "only")]
    assert only["reason"] == "the only campaign of its channel"
    assert only["differs_from_channel"] is None
    assert np.isnan(only["p_value"])
    assert only["rate_shrunken"] == pytest.approx(found.loc[("web", "(all)"), "rate_shrunken"], abs=1e-6)


def test_three_leads_cannot_differ_whatever_they_do() -> None:
    found = made(("web", "tiny", HORIZON, 1, 1), ("web", "rest", HORIZON, 300, 90))
    assert "too few" in found.loc[("web", "tiny"), "reason"]
    assert not found.loc[("web", "tiny"), "differs_from_channel"]


def test_a_single_campaign_in_all_is_a_table_too() -> None:
    found = made(("web", "only", HORIZON, 100, 20))
    assert len(found) == 2
    assert found["rate_shrunken"].between(0.15, 0.25).all()


def test_what_is_too_young_has_no_rate_of_its_own_but_its_channels() -> None:
    found = made(
        ("web", "new", 0, 30, 0), ("web", "old", HORIZON, 300, 60), ("web", "older", HORIZON, 200, 40)
    )
    new = found.loc[("web", "new")]
    assert np.isnan(new["rate_expected"])
    assert "less than 15%" in new["reason"]
    assert new["rate_shrunken"] == pytest.approx(found.loc[("web", "(all)"), "rate_shrunken"], abs=0.03)


@pytest.mark.parametrize(
    "rows", [[("web", "a", 0, 30, 0), ("web", "b", 0, 9, 0)], [("web", "a", HORIZON, 300, 0)]]
)
def test_without_conversions_there_is_no_shrunken_rate(rows: list[tuple[str, str, int, int, int]]) -> None:
    found = made(*rows)
    assert found["rate_shrunken"].isna().all()
    assert found["reason"].str.contains("fewer than 10 conversions in this step").all()


def test_nobody_in_the_funnel_gives_an_empty_table_with_its_columns() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as warehouse;
            create schema warehouse.intermediate;
            create table warehouse.intermediate.int_funnel_entries as
            select null::varchar as step, null::varchar as channel, null::varchar as campaign_id,
                null::bigint as age_days, null::bigint as horizon_days, null::boolean as is_within_horizon
            where false;
            create table warehouse.intermediate.int_delay_curve as
            select null::varchar as step, null::bigint as age_days, null::double as g, null::double as g_error
            where false
            """
        )
        assert write_small_campaigns(connection, as_of=date(2026, 6, 28), settings=Settings()) == 0
        described = connection.execute("describe marts.mart_small_campaigns").fetchall()
    assert {row[0]: row[1] for row in described} == COLUMNS


def test_the_same_counts_in_another_order_give_the_same_table() -> None:
    world = make_world(np.random.default_rng(4), spread_of_channels=0.4, spread_of_campaigns=0.4)
    tables = [
        small_campaigns(rows, history_days=364, min_completeness=0.15)
        for rows in (world.counts, world.counts.sample(frac=1, random_state=1))
    ]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_channels_are_those_of_the_weekly_conversions(built_workspace: Any) -> None:
    """Whole weeks older than the horizon: entrants and conversions are counted as there."""
    with built_workspace.marts() as marts:
        found = marts.execute(
            """
            with weekly as (
                select step, channel, campaign_id, sum(entered) as entered,
                    sum(converted_within_horizon) as converted
                from marts.mart_conversion_weekly
                where step in ('lead_to_mql', 'mql_to_sql')
                    and cohort_week > (select any_value(as_of) from marts.mart_small_campaigns) - 364
                group by all
            )
            select own.step, own.channel, own.campaign_id,
                own.entered, own.converted, weekly.entered, weekly.converted
            from marts.mart_small_campaigns as own
            inner join weekly using (step, channel, campaign_id)
            """
        ).fetchall()
    assert found
    # The first, cut week may hold some more; nothing else may differ.
    assert all(own >= weekly for *_, own, _, weekly, _ in found)
    same = [row for row in found if row[3] == row[5]]
    assert len(same) > len(found) / 2
    assert all(converted <= weekly for *_, converted, _, weekly in same)
