-- One row per week or month × step of the bridge from the period rate over the final one and the one so far to the resolved one.
with
spans (span) as (values ('week'), ('month')),

sqls as (
    select
        span,
        cast(date_trunc(span, sql_on) as date) as starts_on,
        count(*) as sqls,
        count(*) filter (where origin = 'without_mql') as without_mql,
        count(*) filter (where origin = 'before_mql') as before_mql,
        count(*) filter (where origin = 'mql' and date_trunc(span, mql_on) < date_trunc(span, sql_on)) as earlier
    from {{ ref('int_sql_origins') }}
    cross join spans
    group by span, starts_on
),

episodes as (
    select
        {{ local_date('m.mql_at', 'm.mql_at_is_date_only') }} as mql_on,
        {{ local_date('e.converted_at', 'm.sql_at_is_date_only') }} as converted_on,
        e.is_within_horizon,
        e.is_converted,
        e.outcome,
        e.horizon_days
    from {{ ref('int_funnel_entries') }} as e
    inner join {{ ref('fct_mql_episodes') }} as m on e.entry_id = m.mql_episode_id
    where e.step = 'mql_to_sql'
),

mqls as (
    select
        span,
        cast(date_trunc(span, mql_on) as date) as starts_on,
        count(*) as mqls,
        count(*) filter (where is_within_horizon and date_trunc(span, converted_on) = date_trunc(span, mql_on)) as at_once,
        count(*) filter (where is_within_horizon) as within_horizon,
        count(*) filter (where is_converted) as converted,
        count(*) filter (where outcome = 'open') as open,
        count(*) filter (where outcome = 'expired') as expired,
        max(horizon_days) as horizon_days
    from episodes
    cross join spans
    group by span, starts_on
),

counted as (
    select
        span,
        starts_on,
        coalesce(s.sqls, 0) as sqls,
        coalesce(s.without_mql, 0) as without_mql,
        coalesce(s.before_mql, 0) as before_mql,
        coalesce(s.earlier, 0) as earlier,
        coalesce(m.mqls, 0) as mqls,
        coalesce(m.at_once, 0) as at_once,
        coalesce(m.within_horizon, 0) as within_horizon,
        coalesce(m.converted, 0) as converted,
        coalesce(m.open, 0) as open,
        coalesce(m.expired, 0) as expired,
        cast(starts_on + if(span = 'week', interval 7 day, interval 1 month) as date) - 1
            + coalesce(m.horizon_days, {{ horizon_days('mql_to_sql') }}) <= {{ as_of_day() }} as is_matured
    from sqls as s
    full join mqls as m using (span, starts_on)
),

steps as (
    select span, starts_on, is_matured, step_order, step, measure, sqls_change, mqls_change, plain_words
    from counted
    cross join lateral (
        values
        (1, 'period', 'mql_to_sql_rate', sqls, mqls, 'SQLs of this time over MQLs of this time: not the same people.'),
        (2, 'without_mql', null, -without_mql, 0, 'SQLs of leads that never became MQL.'),
        (3, 'before_mql', null, -before_mql, 0, 'SQLs of leads that became MQL only afterwards.'),
        (4, 'earlier_mqls', null, -earlier, 0, 'SQLs now of MQLs of earlier times.'),
        (5, 'other', null, at_once - (sqls - without_mql - before_mql - earlier), 0, 'SQLs that are no conversion of an MQL in time: it had been turned down or sent back before, or its horizon was over.'),
        (6, 'later_sqls', 'rate_matured', within_horizon - at_once, 0, 'SQLs of these MQLs that came after this time, within the horizon: the final rate once the horizon is over.'),
        (7, 'late_sqls', 'rate_to_date', converted - within_horizon, 0, 'SQLs later than the horizon: with them it is the rate so far.'),
        (8, 'open', null, 0, -open, 'MQLs that sales has not decided on yet.'),
        (9, 'expired', 'rate_resolved', 0, -expired, 'MQLs left without an answer for longer than the horizon: without them it is the rate among those decided.')
    ) as parts (step_order, step, measure, sqls_change, mqls_change, plain_words)
),

summed as (
    select *,
        cast(sum(sqls_change) over bridge as bigint) as sqls,
        cast(sum(mqls_change) over bridge as bigint) as mqls
    from steps
    window bridge as (partition by span, starts_on order by step_order rows between unbounded preceding and current row)
),

rated as (
    select *, {{ ratio('sqls', 'mqls') }} as rate from summed
)

select
    span,
    starts_on,
    step_order,
    step,
    -- Not final before the horizon of the last MQL is over.
    if(measure = 'rate_matured' and not is_matured, null, measure) as measure,
    sqls_change,
    mqls_change,
    sqls,
    mqls,
    rate,
    rate - lag(rate) over (partition by span, starts_on order by step_order) as rate_change,
    if(step_order >= 6 and mqls > 0, {{ wilson_low('sqls', 'mqls') }}, null) as rate_low,
    if(step_order >= 6 and mqls > 0, {{ wilson_high('sqls', 'mqls') }}, null) as rate_high,
    is_matured,
    plain_words
from rated
