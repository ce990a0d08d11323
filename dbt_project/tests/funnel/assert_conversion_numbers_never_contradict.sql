-- A returned row holds numbers that cannot all be true: more conversions than entrants, a final week whose expected final
-- rate is not its rate so far, or an expected final rate outside its own range.
select *
from {{ ref('mart_conversion_weekly') }}
where entered < 1
    or converted > entered
    or converted_within_horizon > converted
    or is_matured <> (rate_matured is not null)
    or (is_matured and completeness <> 1)
    or (is_matured and rate_projected <> rate_to_date)
    or rate_projected not between projected_low and projected_high
