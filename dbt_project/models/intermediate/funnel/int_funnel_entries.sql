-- One row per entrant of a funnel step, with its conversion as known by the as-of day: decides lag, horizon and age.
with lags as (
    -- A conversion before its own entry (clock skew, or sales was first) is none.
    select
        *,
        {{ horizon_of('step') }} as horizon_days,
        {{ local_date('entered_at', 'entered_is_date_only') }} as entered_on,
        {{ local_date('candidate_at', 'candidate_is_date_only') }} - entered_on as days_apart,
        coalesce(
            {{ not_before('candidate_at', 'candidate_is_date_only', 'entered_at', 'entered_is_date_only') }}, false
        ) as is_converted,
        is_converted and if(
            entered_is_date_only or candidate_is_date_only,
            days_apart <= horizon_days,
            candidate_at <= entered_at + to_hours(24 * horizon_days)
        ) as is_within_horizon
    from {{ ref('int_funnel_candidates') }}
)

select
    step,
    entry_id,
    {{ or_none('channel') }} as channel,
    {{ or_none('campaign_id') }} as campaign_id,
    entered_at,
    cast(date_trunc('week', entered_on) as date) as cohort_week,
    outcome,
    horizon_days,
    if(is_converted, candidate_at, null) as converted_at,
    is_converted,
    is_within_horizon,
    {{ as_of_day() }} - entered_on as age_days,
    -- The horizon ends inside its last day or, where clocks change, just after it: that counts as day H.
    if(is_within_horizon, least(days_apart, horizon_days), null) as delay_days
from lags
