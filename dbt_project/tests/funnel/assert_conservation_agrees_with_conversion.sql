-- A returned row is a week and channel where mart_conservation and mart_conversion_weekly count MQLs or SQLs differently.
select cohort_week, channel, conservation.entered, conversion.entered, conservation.sql, conversion.converted
from {{ ref('mart_conservation') }} as conservation
full join (
    select * from {{ ref('mart_conversion_weekly') }} where step = 'mql_to_sql' and campaign_id = '(all)'
) as conversion using (cohort_week, channel)
where conservation.entered is distinct from conversion.entered
    or conservation.sql is distinct from conversion.converted
