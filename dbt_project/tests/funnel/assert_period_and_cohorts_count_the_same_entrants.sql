-- A returned row is a week whose leads, MQLs, SQLs or opportunities differ between the period and the cohort table.
with cohorts as (
    select
        cohort_week as week,
        coalesce(sum(entered) filter (where step = 'lead_to_mql'), 0) as leads,
        coalesce(sum(entered) filter (where step = 'mql_to_sql'), 0) as mqls,
        coalesce(sum(entered) filter (where step = 'sql_to_opportunity'), 0) as sqls,
        coalesce(sum(entered) filter (where step = 'opportunity_to_customer'), 0) as opportunities
    from {{ ref('mart_conversion_weekly') }}
    where channel = '(all)' and campaign_id = '(all)'
    group by cohort_week
)

select period.week
from {{ ref('mart_funnel_period') }} as period
left join cohorts on cohorts.week = period.week
where channel = '(all)'
    and campaign_id = '(all)'
    and (period.leads, period.mqls, period.sqls, period.opportunities)
    is distinct from (
        coalesce(cohorts.leads, 0), coalesce(cohorts.mqls, 0), coalesce(cohorts.sqls, 0), coalesce(cohorts.opportunities, 0)
    )
