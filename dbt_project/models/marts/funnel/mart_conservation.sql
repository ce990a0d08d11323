-- One row per cohort week × channel × step, with `(all)` rows: where the MQLs of that week stand now, with nobody lost.
with entries as (
    -- Without an answer, and the lead is no longer where it waited for one.
    select e.* replace (if(u.mql_episode_id is null, e.outcome, null) as outcome)
    from {{ ref('int_funnel_entries') }} as e
    left join {{ ref('int_unexplained_mqls') }} as u on e.entry_id = u.mql_episode_id
    where e.step = 'mql_to_sql'
),

counts as (
    select
        cohort_week,
        {{ or_all('channel') }} as channel,
        step,
        count(*) as entered,
        {%- for outcome in ['sql', 'disqualified', 'recycled', 'open', 'expired'] %}
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}{{ ',' if not loop.last }}
        {%- endfor %}
    from entries
    group by grouping sets ((cohort_week, step, channel), (cohort_week, step))
)

select
    *,
    entered - (sql + disqualified + recycled + open + expired) as unexplained
from counts
