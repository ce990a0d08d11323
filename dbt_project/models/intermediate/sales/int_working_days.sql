-- One row per reporting-zone day from the first MQL or hand-off to where the last one is due: its business hours.
{%- set weekly_hours = (var('business_end_minute') - var('business_start_minute')) / 60 * (var('business_days') | length) %}
{%- set weeks_ahead = (var('response_target_hours') / weekly_hours) | round(0, 'ceil') | int + 1 %}
with
firsts as (
    select min({{ local_date('mql_at', 'mql_at_is_date_only') }}) as day from {{ ref('int_mql_starts') }}
    union all
    select min({{ local_date('handed_off_at', 'is_date_only') }}) from {{ ref('int_handoffs') }}
),

days as (
    select cast(unnest(generate_series(
        least(min(day), {{ as_of_day() }}), {{ as_of_day() }} + 1 + {{ 7 * weeks_ahead }}, interval 1 day
    )) as date) as day
    from firsts
),

hours as (
    select
        day,
        {{ at_minute_of_day('day', var('business_start_minute')) }} as opens_at,
        if(
            isodow(day) in ({{ var('business_days') | join(', ') }}),
            {{ at_minute_of_day('day', var('business_end_minute')) }},
            {{ at_minute_of_day('day', var('business_start_minute')) }}
        ) as closes_at
    from days
)

select
    day,
    opens_at,
    closes_at,
    epoch_us(closes_at) - epoch_us(opens_at) as worked_on,
    cast(coalesce(sum(epoch_us(closes_at) - epoch_us(opens_at)) over (
        order by day rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as worked_before
from hours
