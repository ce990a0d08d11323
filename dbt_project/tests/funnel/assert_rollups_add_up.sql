-- A returned row is a cohort week and step whose roll-ups do not count the same entrants and conversions.
with totals as (
    select
        cohort_week,
        step,
        channel = '(all)' as spans_channels,
        campaign_id = '(all)' as spans_campaigns,
        sum(entered) as entered,
        sum(converted) as converted,
        sum(converted_within_horizon) as converted_within_horizon
    from {{ ref('mart_conversion_weekly') }}
    group by all
)

select cohort_week, step
from totals
group by cohort_week, step
having count(*) <> 4
    or count(distinct (entered, converted, converted_within_horizon)) <> 1
