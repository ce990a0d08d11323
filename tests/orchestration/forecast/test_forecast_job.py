"""mart_forecast: what is known when, what came, and what is not forecast."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.forecast import checks
from orchestration.forecast.job import COLUMNS, PAST_FORECASTS, write_forecast
from orchestration.forecast.model import WEEKS
from orchestration.settings import Settings

from .conftest import LAWS
from .forecast_worlds import AS_OF, forecast_of, publish

NUMBERS = ["expected", "low", "high", "expected_from_open", "expected_from_new", "expected_from_other"]
KEY = ["forecast_on", "measure", "week"]
FIRST = AS_OF - timedelta(days=7 * LAWS.weeks - 1)


def failures(table: pd.DataFrame) -> list[str]:
    return [
        *checks.forecasts_are_unique(table),
        *checks.forecasts_have_ordered_intervals(table),
        *checks.forecast_parts_add_up(table),
        *checks.past_forecasts_are_judged(table),
    ]


def made_on(table: pd.DataFrame, day: date) -> pd.DataFrame:
    """The forecast of one day, without what came."""
    rows = table[table["forecast_on"] == pd.Timestamp(day)]
    return rows.sort_values(KEY)[[*KEY, *NUMBERS]].reset_index(drop=True)


def test_thirteen_coming_weeks_and_past_forecasts_of_weeks_that_are_over(forecast: pd.DataFrame) -> None:
    assert failures(forecast) == []
    coming = forecast[forecast["kind"] == "coming"]
    assert coming.groupby("measure").size().to_dict() == dict.fromkeys(
        ["customers", "revenue", "sqls"], WEEKS
    )
    assert coming["week"].min() == pd.Timestamp(AS_OF + timedelta(days=1))
    past = forecast[forecast["kind"] == "past"]
    assert past["week"].max() == pd.Timestamp(AS_OF - timedelta(days=6))
    assert past["forecast_on"].nunique() == PAST_FORECASTS
    assert coming["expected"].notna().all()


def test_the_same_tables_give_the_same_forecast(funnel: pd.DataFrame, forecast: pd.DataFrame) -> None:
    shuffled = funnel.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        forecast_of(shuffled, LAWS.weeks, known_after=9), forecast, check_exact=True
    )


def test_a_past_forecast_is_the_one_that_was_made_then(funnel: pd.DataFrame, forecast: pd.DataFrame) -> None:
    then = AS_OF - timedelta(weeks=10)
    earlier = forecast_of(funnel, LAWS.weeks, as_of=then, known_after=9)
    made = made_on(earlier, then)
    again = made_on(forecast, then)
    over = made.merge(again[KEY])
    assert len(over) == len(again) == 10 * 3
    pd.testing.assert_frame_equal(over, again, check_exact=False, rtol=1e-9)


def test_what_became_known_later_changes_no_past_forecast(
    funnel: pd.DataFrame, forecast: pd.DataFrame
) -> None:
    """SQLs and customers that happened before that day and were recorded after it."""
    then = AS_OF - timedelta(weeks=10)
    day = (then - FIRST).days
    later = funnel["sql_on"] + 9 > day
    changed = funnel.assign(
        sql_on=np.where(later, np.nan, funnel["sql_on"]),
        customer_on=np.where(later | (funnel["customer_on"] + 9 > day), np.nan, funnel["customer_on"]),
    )
    assert ((funnel["sql_on"] <= day) & later).sum() > 5
    found = forecast_of(changed, LAWS.weeks, known_after=9)
    pd.testing.assert_frame_equal(made_on(found, then), made_on(forecast, then), check_exact=True)
    assert not made_on(found, AS_OF).equals(made_on(forecast, AS_OF))


def test_what_comes_of_open_mqls_is_their_chance_to_convert_in_that_week(
    funnel: pd.DataFrame, forecast: pd.DataFrame
) -> None:
    """Again in plain Python: one of some age converts at age x with (F(x) − F(x−1)) / (1 − F(age))."""
    today, horizon, window = 7 * LAWS.weeks - 1, 90, 91
    mqls = funnel[funnel["mql_on"].notna() & (funnel["mql_on"] <= today)]
    age = (today - mqls["mql_on"]).to_numpy()
    delay = (mqls["sql_on"] - mqls["mql_on"]).to_numpy(copy=True)
    is_known = (mqls["sql_on"] + 9 <= today).to_numpy()
    delay[~(is_known & (delay <= horizon))] = np.nan
    since = np.where(age - window > 0, age - window + 1, 0)
    until = np.where(np.isnan(delay), np.minimum(age, horizon), delay)
    days = np.arange(horizon + 1)
    at_risk = np.array([((since <= x) & (x <= until)).sum() for x in days])
    events = np.array([((since <= x) & (delay == x)).sum() for x in days])
    seen = 1 - np.cumprod(1 - events / np.maximum(at_risk, 1))
    chance = np.diff(seen, prepend=0.0)
    is_open = np.isnan(delay) & (age < horizon)
    expected = np.zeros(WEEKS)
    for own in age[is_open].astype(int):
        for ahead in range(1, 7 * WEEKS + 1):
            if own + ahead <= horizon:
                expected[(ahead - 1) // 7] += chance[own + ahead] / (1 - seen[own])
    sqls = forecast.query("kind == 'coming' and measure == 'sqls'").sort_values("week")
    assert sqls["expected_from_open"].to_numpy() == pytest.approx(expected, rel=1e-9)
    assert sqls["open_episodes"].iloc[0] == is_open.sum()


def test_where_a_year_has_few_conversions_the_delay_is_learnt_from_all_of_it(
    funnel: pd.DataFrame, forecast: pd.DataFrame
) -> None:
    """Few: less than 20 per 91 days. Counted again in plain Python, as known on two days."""
    windows = set()
    for weeks in (0, PAST_FORECASTS):
        then = AS_OF - timedelta(weeks=weeks)
        today = 7 * (LAWS.weeks - weeks) - 1
        for measure, column in (("sqls", "sql_on"), ("customers", "customer_on")):
            delay = funnel[column] - funnel["mql_on"]
            ago = today - funnel.loc[delay <= 90, column]
            ago = ago[ago >= 9]  # known by then
            days = 91 if (ago < 364).sum() * 91 >= 20 * 364 else 364
            rows = forecast[
                (forecast["forecast_on"] == pd.Timestamp(then)) & (forecast["measure"] == measure)
            ]
            assert rows["basis"].str.startswith(f"delay curve of the last {days} days").all()
            assert rows["conversions"].unique().tolist() == [(ago < days).sum()]
            windows.add(days)
    assert windows == {91, 364}


@pytest.mark.parametrize("keep", ["nothing", "five weeks", "nothing converted", "nothing won", "no amount"])
def test_where_data_cannot_support_a_forecast_it_says_why(funnel: pd.DataFrame, keep: str) -> None:
    some: dict[str, Any] = {
        "nothing": lambda: funnel.iloc[:0],
        "five weeks": lambda: funnel[funnel["mql_on"] >= 7 * (LAWS.weeks - 5)],
        "nothing converted": lambda: funnel.assign(sql_on=np.nan, customer_on=np.nan),
        "nothing won": lambda: funnel.assign(customer_on=np.nan),
        "no amount": lambda: funnel.assign(amount=np.nan),
    }
    expected = {
        "nothing": {"sqls": "weeks of MQLs", "customers": "weeks of MQLs", "revenue": "weeks of MQLs"},
        "five weeks": {"sqls": "weeks of MQLs", "customers": "weeks of MQLs", "revenue": "weeks of MQLs"},
        "nothing converted": dict.fromkeys(["sqls", "customers", "revenue"], "0 conversions"),
        "nothing won": {"customers": "0 conversions", "revenue": "0 conversions"},
        "no amount": {"revenue": "0 won deals with an amount"},
    }[keep]
    found = forecast_of(some[keep](), LAWS.weeks)
    assert failures(found) == []
    coming = found[found["kind"] == "coming"].groupby("measure")["reason"].first()
    for measure in ("sqls", "customers", "revenue"):
        if measure in expected:
            assert expected[measure] in coming[measure]
        else:
            assert pd.isna(coming[measure])


def test_the_table_has_its_declared_columns_also_without_a_single_lead() -> None:
    nobody = pd.DataFrame(
        {name: pd.Series(dtype=float) for name in ("mql_on", "sql_on", "customer_on", "amount")}
    ).assign(is_bypass=pd.Series(dtype=bool))
    with publish(nobody, LAWS.weeks) as connection:
        write_forecast(connection, as_of=AS_OF, settings=Settings())
        described = connection.execute("describe marts.mart_forecast").fetchall()
    assert {row[0]: row[1] for row in described} == COLUMNS


def test_what_came_is_what_the_funnel_of_the_week_says(built_workspace: Any) -> None:
    with built_workspace.marts() as marts:
        found = marts.execute(
            """
            select f.realised, f.low, f.high, f.is_inside,
                coalesce(if(measure = 'sqls', sqls, if(measure = 'customers', customers, won_amount)), 0)
            from marts.mart_forecast as f
            left join marts.mart_funnel_period as p
                on p.week = f.week and p.channel = '(all)' and p.campaign_id = '(all)'
            where kind = 'past'
            """
        ).fetchall()
    assert found
    assert [row[0] for row in found] == pytest.approx([float(row[4]) for row in found], rel=1e-12)
    judged = [row for row in found if row[3] is not None]
    assert all(is_inside == (low <= realised <= high) for realised, low, high, is_inside, _ in judged)
    assert judged
