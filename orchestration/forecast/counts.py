"""What forecasts are made of, counted for the as-of day and for earlier days as it was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pandas as pd
from jinja2 import Environment

from orchestration.dbt import project_folder

HISTORY_WEEKS = 52
ENOUGH = 20
"""Conversions that a window is to hold on average: as many as the delay curve of the models asks for."""

# A stage's first entry in a segment is what mart_funnel_period counts; with the day from which it was known.
_ENTRIES = """
create or replace temp table stage_entries as
select
    lead_id,
    segment_number,
    stage,
    entered_at,
    week,
    if(is_date_only, entered_at::date, timezone($zone, timezone('UTC', entered_at))::date) as happened_on,
    greatest(timezone($zone, timezone('UTC', known_at))::date, happened_on) as known_on
from warehouse.intermediate.int_stage_first_entries
where stage in ('sql', 'customer')
"""

# Episodes with the stage entry that is their conversion. A scored MQL is known at once, a recorded one when
# its record was.
_ENTRANTS = """
create or replace temp table entrants as
with recorded as (
    select lead_id, entered_at as mql_at, min(known_at) as known_at
    from marts.fct_lifecycle_events
    where stage = 'mql'
    group by all
)
select
    funnel.step,
    episodes.lead_id,
    episodes.segment_number,
    funnel.horizon_days,
    $as_of - cast(funnel.age_days as integer) as entered_on,
    greatest(
        entered_on,
        if(episodes.qualified_by = 'recorded',
            coalesce(timezone($zone, timezone('UTC', recorded.known_at))::date, entered_on), entered_on)
    ) as known_on,
    entries.stage,
    entries.entered_at,
    if(entries.lead_id is not null, funnel.delay_days, null) as delay_days,
    entries.known_on as converted_known_on
from warehouse.intermediate.int_funnel_entries as funnel
inner join marts.fct_mql_episodes as episodes on episodes.mql_episode_id = funnel.entry_id
left join recorded on recorded.lead_id = episodes.lead_id and recorded.mql_at = episodes.mql_at
left join stage_entries as entries
    on entries.lead_id = episodes.lead_id
    and entries.segment_number = episodes.segment_number
    and entries.stage = if(funnel.step = 'mql_to_sql', 'sql', 'customer')
    and entries.entered_at = funnel.converted_at
    and funnel.is_within_horizon
where funnel.step in ('mql_to_sql', 'mql_to_customer') and funnel.age_days >= 0
"""

# Entries of a stage that no open episode promises: sales was first, or it took longer than the horizon.
_OTHERS = """
create or replace temp table entries_and_origin as
select
    stage_entries.*,
    exists (
        from entrants
        where entrants.lead_id = stage_entries.lead_id
            and entrants.segment_number = stage_entries.segment_number
            and entrants.stage = stage_entries.stage
            and entrants.entered_at = stage_entries.entered_at
    ) as is_promised
from stage_entries
"""

# A deal belongs to the customer it made, in the week it made it; one beside that (a second deal) to nobody.
_REVENUE = """
create or replace temp table revenue as
with customers as (
    select lead_id, week, min(happened_on) as happened_on, min(known_on) as known_on
    from stage_entries
    where stage = 'customer'
    group by all
),
deals as (
    select
        lead_id,
        week,
        sum(cast(amount as decimal(38, 6)))::double as amount,
        max(timezone($zone, timezone('UTC', coalesce(closed_known_at, closed_at)))::date) as known_on
    from warehouse.intermediate.int_won_opportunities
    group by all
)
select
    customers.lead_id is not null as is_of_customer,
    coalesce(customers.week, deals.week) as week,
    coalesce(customers.happened_on, deals.week) as happened_on,
    greatest(customers.known_on, deals.known_on) as known_on,
    coalesce(deals.amount, 0) as amount
from customers
full join deals on deals.lead_id = customers.lead_id and deals.week = customers.week
"""

# The delays of the window where a year has 20 conversions for each such window, else those of the year. The
# year decides, not the window: windows that are taken when they happen to hold many promise too much.
_WINDOWS = """
create or replace temp table windows as
with days as (
    select
        step,
        entered_on + cast(delay_days as integer) as happened_on,
        greatest(known_on, converted_known_on) as known_on,
        count(*) as conversions
    from entrants
    where delay_days is not null
    group by all
),
yearly as (
    select origins.origin, days.step, sum(days.conversions) as conversions
    from days
    inner join origins
        on days.known_on <= origins.on_day
        and days.happened_on between origins.on_day - (7 * $weeks - 1) and origins.on_day
    group by all
)
select
    origins.origin,
    origins.on_day,
    steps.step,
    if(coalesce(yearly.conversions, 0) * $window >= $enough * 7 * $weeks,
        $window, greatest($window, 7 * $weeks)) as window_days
from origins
cross join (select distinct step from entrants) as steps
left join yearly on yearly.origin = origins.origin and yearly.step = steps.step
"""

# Only what was known by the end of the origin's day; what is older than window and horizon says nothing.
_AS_KNOWN = """
create or replace temp table as_known as
with alike as (
    select step, horizon_days, entered_on, known_on, delay_days, converted_known_on, count(*) as entrants
    from entrants
    group by all
)
select
    windows.origin * 2 + if(alike.step = 'mql_to_sql', 0, 1) as step,
    windows.window_days,
    alike.horizon_days,
    windows.on_day - alike.entered_on as age_days,
    if(alike.converted_known_on <= windows.on_day and alike.delay_days <= windows.on_day - alike.entered_on,
        alike.delay_days, null) as delay_days,
    sum(alike.entrants)::bigint as entrants
from alike
inner join windows
    on windows.step = alike.step
    and alike.known_on <= windows.on_day
    and alike.entered_on >= windows.on_day - (windows.window_days + alike.horizon_days)
group by all
"""

_WINDOWS_USED = """
select if(step = 'mql_to_sql', 0, 1) as step, origin, window_days::bigint as window_days
from windows
order by all
"""

_OPEN = """
select step % 2 as step, step // 2 as origin, age_days, sum(entrants)::bigint as open
from as_known
where delay_days is null and age_days < horizon_days
group by all
order by all
"""

# Weeks are counted back from the origin's day: week 0 is the seven days that end with it.
_WEEKS = """
with happened as (
    select 'mqls' as series, entered_on as happened_on, known_on from entrants where step = 'mql_to_sql'
    union all
    select stage || 's', happened_on, known_on from entries_and_origin
    union all
    select 'other_' || stage || 's', happened_on, known_on from entries_and_origin where not is_promised
    union all
    select 'other_deals', happened_on, known_on from revenue where not is_of_customer and amount > 0
),
days as (
    select series, happened_on, known_on, count(*) as happened from happened group by all
)
select
    origins.origin,
    series,
    (origins.on_day - happened_on) // 7 as weeks_ago,
    sum(happened)::bigint as happened
from days as happened
inner join origins
    on happened.known_on <= origins.on_day
    and happened.happened_on between origins.on_day - (7 * $weeks - 1) and origins.on_day
group by all
order by all
"""

_AMOUNTS = """
select
    origins.origin,
    revenue.is_of_customer,
    count(*) as deals,
    count(*) filter (where amount > 0) as paid,
    avg(amount::decimal(38, 6)) filter (where amount > 0) as mean,
    sum(power(amount, 2) order by amount) filter (where amount > 0) / paid as mean_square,
    sqrt(greatest(mean_square - mean * mean, 0)) as spread
from revenue
inner join origins
    on revenue.known_on <= origins.on_day
    and revenue.happened_on between origins.on_day - (7 * $weeks - 1) and origins.on_day
group by all
order by all
"""

_REALISED = """
select stage || 's' as measure, week, count(*)::double as realised
from stage_entries
group by all
union all
select 'revenue', week, sum(cast(amount as decimal(38, 6)))::double
from revenue
group by all
order by all
"""

_STARTS = """
with days as (
    select known_on, min(entered_on) as first_on from entrants group by known_on
)
select origins.origin, min(days.first_on) as first_on
from days
inner join origins on days.known_on <= origins.on_day
group by all
order by all
"""


@dataclass(frozen=True)
class Known:
    """Counts by origin (0 = the as-of day, 1 = a week before, …).

    curves: origin, step (0 mql_to_sql, 1 mql_to_customer), age_days, at_risk, conversions. windows: origin,
    step, window_days of the curve. open: origin,
    step, age_days, open. weeks: origin, series, weeks_ago, happened. amounts: origin, is_of_customer, deals,
    paid, mean, spread. realised: measure, week, realised; as known now. starts: origin, first_on.
    """

    curves: pd.DataFrame
    windows: pd.DataFrame
    open: pd.DataFrame
    weeks: pd.DataFrame
    amounts: pd.DataFrame
    realised: pd.DataFrame
    starts: pd.DataFrame


def _delay_curve(entrants: str, window: str, min_events: int) -> str:
    """The delay curve of the dbt project as SQL, of rows that stand for `entrants` alike."""
    text = (project_folder() / "macros" / "funnel.sql").read_text(encoding="utf-8")
    module: Any = Environment().from_string(text).module
    return str(module.delay_curve(entrants, window, min_events, "sum(entrants)"))


def read_known(
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: date,
    origins: list[date],
    zone: str,
    window_days: int,
) -> Known:
    """Count for all origins. The run's warehouse is attached as `warehouse`."""
    values = {
        "as_of": as_of,
        "zone": zone,
        "window": window_days,
        "weeks": HISTORY_WEEKS,
        "enough": ENOUGH,
    }

    def run(sql: str) -> duckdb.DuckDBPyConnection:
        return connection.execute(sql, {name: value for name, value in values.items() if f"${name}" in sql})

    connection.execute(
        "create or replace temp table origins as select unnest($numbers) as origin, unnest($days) as on_day",
        {"numbers": list(range(len(origins))), "days": origins},
    )
    for sql in (_ENTRIES, _ENTRANTS, _OTHERS, _REVENUE, _WINDOWS, _AS_KNOWN):
        run(sql)
    curve = _delay_curve("as_known", "window_days", 1)
    curves = connection.execute(
        f"""
        select step % 2 as step, step // 2 as origin, age_days, at_risk, conversions
        from ({curve})
        order by all
        """  # noqa: S608 - a macro of ours
    ).df()
    return Known(
        curves=curves,
        windows=run(_WINDOWS_USED).df(),
        open=run(_OPEN).df(),
        weeks=run(_WEEKS).df(),
        amounts=run(_AMOUNTS).df(),
        realised=run(_REALISED).df(),
        starts=run(_STARTS).df(),
    )
