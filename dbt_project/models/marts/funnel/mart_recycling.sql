-- One row per channel × passage (a lead's first MQL episode, its second, later ones), with `(all)` rows.
with
episodes as (
    select
        {{ or_none('m.channel') }} as channel,
        case m.episode_number when 1 then 'first' when 2 then 'second' else 'later' end as passage,
        m.outcome,
        e.is_within_horizon,
        e.age_days >= e.horizon_days as is_matured,
        lead(m.mql_at) over by_lead is not null as has_next,
        {{ local_date('lead(m.mql_at) over by_lead', 'lead(m.mql_at_is_date_only) over by_lead') }}
            - {{ local_date('m.outcome_at') }} as days_to_next
    from {{ ref('fct_mql_episodes') }} as m
    inner join {{ ref('int_funnel_entries') }} as e on m.mql_episode_id = e.entry_id and e.step = 'mql_to_sql'
    window by_lead as (partition by m.lead_id order by m.episode_number)
),

counts as (
    select
        {{ or_all('channel') }} as channel,
        {{ or_all('passage') }} as passage,
        count(*) as entered
        {%- for outcome in ['sql', 'disqualified', 'recycled', 'open', 'expired'] %},
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}
        {%- endfor %},
        count(*) filter (where is_matured) as matured,
        count(*) filter (where is_matured and is_within_horizon) as matured_sqls,
        count(*) filter (where outcome = 'recycled' and has_next) as recycled_again_mql,
        quantile_disc(days_to_next, 0.5) filter (where outcome = 'recycled') as median_days_to_next_mql
    from episodes
    group by grouping sets ((channel, passage), (channel), (passage), ())
)

select
    channel,
    passage,
    entered,
    sql,
    disqualified,
    recycled,
    open,
    expired,
    matured,
    matured_sqls,
    {{ ratio('matured_sqls', 'matured') }} as rate_matured,
    if(matured > 0, {{ wilson_low('matured_sqls', 'matured') }}, null) as rate_low,
    if(matured > 0, {{ wilson_high('matured_sqls', 'matured') }}, null) as rate_high,
    recycled_again_mql,
    {{ ratio('recycled_again_mql', 'recycled') }} as return_rate_to_date,
    if(recycled > 0, {{ wilson_low('recycled_again_mql', 'recycled') }}, null) as return_low,
    if(recycled > 0, {{ wilson_high('recycled_again_mql', 'recycled') }}, null) as return_high,
    median_days_to_next_mql
from counts
where entered > 0
