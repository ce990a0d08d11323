-- One row per cohort week × channel × step, with `(all)` rows: where the MQLs of that week stand now, with nobody lost.
with counts as (
    select
        cohort_week,
        {{ or_all('channel') }} as channel,
        step,
        count(*) as entered,
        {%- for outcome in ['sql', 'disqualified', 'recycled', 'open', 'expired'] %}
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_funnel_entries') }}
    where step = 'mql_to_sql'
    group by grouping sets ((cohort_week, step, channel), (cohort_week, step))
)

select
    *,
    entered - (sql + disqualified + recycled + open + expired) as unexplained
from counts
