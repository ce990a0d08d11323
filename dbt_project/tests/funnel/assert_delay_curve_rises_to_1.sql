-- A returned row is an age at which the share of conversions seen falls, or a horizon at which it is not 1.
select *
from (
    select
        *,
        lag(g) over by_age as g_before,
        lead(g) over by_age is null as is_horizon
    from {{ ref('int_delay_curve') }}
    window by_age as (partition by step order by age_days)
)
where g < g_before or (is_horizon and g <> 1)
