"""Funnels with known laws, as the tables of warehouse and marts that forecasts read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from orchestration.forecast.job import write_forecast
from orchestration.settings import Settings

AS_OF = date(2026, 6, 28)
HORIZON = 90


@dataclass(frozen=True)
class Laws:
    """A funnel. drift: by how much log volume moves in a week. bursts: dispersion of weekly MQLs."""

    weeks: int = 80
    mqls: float = 30.0
    to_sql: float = 0.25
    to_customer: float = 0.3
    drift: float = 0.0
    bursts: float = 1.0
    bypasses: float = 1.0
    amount_spread: float = 0.6


def make_funnel(laws: Laws, seed: int, *, late: int = 0) -> pd.DataFrame:
    """A row per episode: mql_on, sql_on, customer_on as days from the first (nan: never), amount; is_bypass.

    Runs on for `late` days after the as-of day, which only a test may look at.
    """
    rng = np.random.default_rng([seed, laws.weeks])
    levels = laws.mqls * np.exp(np.cumsum(rng.normal(0, laws.drift, laws.weeks + late // 7 + 1)))
    if laws.bursts > 1:
        levels = rng.gamma(levels / (laws.bursts - 1), laws.bursts - 1)
    come = rng.poisson(levels)
    week = np.repeat(np.arange(come.size), come)
    mql_on = (week * 7 + rng.integers(0, 7, week.size)).astype(np.float64)
    sql_lag = np.floor(rng.lognormal(np.log(14), 0.9, week.size))
    sql_on = np.where(rng.random(week.size) < laws.to_sql, mql_on + sql_lag, np.nan)
    customer_on = sql_on + np.floor(rng.lognormal(np.log(20), 0.6, week.size))
    customer_on[rng.random(week.size) >= laws.to_customer] = np.nan
    amount = np.round(rng.lognormal(9, laws.amount_spread, week.size), 2)
    episodes = pd.DataFrame(
        {"mql_on": mql_on, "sql_on": sql_on, "customer_on": customer_on, "amount": amount, "is_bypass": False}
    )
    bypasses = rng.poisson(laws.bypasses, laws.weeks)
    on = np.repeat(np.arange(laws.weeks), bypasses) * 7.0 + rng.integers(0, 7, bypasses.sum())
    beside = pd.DataFrame({"sql_on": on, "is_bypass": True})
    return pd.concat([episodes, beside], ignore_index=True)


def publish(
    funnel: pd.DataFrame, weeks: int, *, as_of: date = AS_OF, known_after: int = 0
) -> duckdb.DuckDBPyConnection:
    """Tables as of a day; AS_OF ends week `weeks`. Stages are known `known_after` days late."""
    connection = duckdb.connect()
    connection.execute(
        "set TimeZone = 'UTC'; attach ':memory:' as warehouse; create schema warehouse.intermediate"
    )
    connection.execute("create schema marts")
    first = AS_OF - timedelta(days=7 * weeks - 1)
    connection.register("funnel", funnel.reset_index(names="number"))
    connection.execute(
        f"""
        create temp table episodes as
        select
            'l' || number as lead_id,
            is_bypass,
            if(isnan(mql_on), null, date '{first}' + mql_on::int) as mql_on,
            if(isnan(sql_on), null, date '{first}' + sql_on::int) as sql_on,
            if(isnan(customer_on), null, date '{first}' + customer_on::int) as customer_on,
            amount
        from funnel;

        create temp table stages as
        select lead_id, stage, on_day, on_day + interval 12 hour as entered_at,
            on_day + interval 12 hour + interval {known_after} day as known_at
        from (
            select lead_id, 'sql' as stage, sql_on as on_day from episodes
            union all select lead_id, 'customer', customer_on from episodes
        )
        where on_day <= date '{as_of}' - {known_after};

        create table marts.fct_lifecycle_events as
        select null::varchar as lead_id, null::varchar as stage, null::timestamp as entered_at,
            null::timestamp as known_at
        where false;

        create table warehouse.intermediate.int_stage_first_entries as
        select lead_id, 1 as segment_number, stage, entered_at, known_at, false as is_date_only,
            date_trunc('week', on_day)::date as week
        from stages;

        create table marts.fct_mql_episodes as
        select lead_id || '-1' as mql_episode_id, lead_id, 1 as segment_number, 'score' as qualified_by,
            mql_on + interval 10 hour as mql_at
        from episodes where mql_on <= date '{as_of}';

        create table warehouse.intermediate.int_funnel_entries as
        select
            steps.step,
            mql_episode_id as entry_id,
            {HORIZON} as horizon_days,
            date '{as_of}' - episodes.mql_on as age_days,
            stages.entered_at as converted_at,
            coalesce(stages.on_day - episodes.mql_on <= {HORIZON}, false) as is_within_horizon,
            if(is_within_horizon, stages.on_day - episodes.mql_on, null) as delay_days
        from marts.fct_mql_episodes
        inner join episodes using (lead_id)
        cross join (values ('mql_to_sql', 'sql'), ('mql_to_customer', 'customer')) as steps (step, stage)
        left join stages on stages.lead_id = episodes.lead_id and stages.stage = steps.stage;

        create table warehouse.intermediate.int_won_opportunities as
        select 'o' || lead_id as opportunity_id, lead_id, amount,
            date_trunc('week', customer_on)::date as week,
            customer_on + interval 12 hour as closed_at,
            customer_on + interval 12 hour + interval {known_after} day as closed_known_at
        from episodes where customer_on <= date '{as_of}' - {known_after};
        """  # noqa: S608 - numbers of ours
    )
    return connection


def forecast_of(
    funnel: pd.DataFrame, weeks: int, *, as_of: date = AS_OF, known_after: int = 0
) -> pd.DataFrame:
    """mart_forecast of these tables."""
    with publish(funnel, weeks, as_of=as_of, known_after=known_after) as connection:
        rows = write_forecast(connection, as_of=as_of, settings=Settings())
        table = connection.execute("select * from marts.mart_forecast").df()
    assert rows == len(table)
    return table
