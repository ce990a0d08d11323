-- One row per reporting-zone day, from the Monday of the earliest event's week to the as-of day.
with firsts as (
    select min({{ local_date('created_at') }}) as day from {{ ref('dim_leads') }}
    union all
    select min({{ local_date('occurred_at', 'is_date_only') }}) from {{ ref('fct_activities') }}
    union all
    select min({{ local_date('mql_at', 'mql_at_is_date_only') }}) from {{ ref('fct_mql_episodes') }}
    union all
    select min({{ local_date('entered_at', 'is_date_only') }}) from {{ ref('fct_lifecycle_events') }}
    union all
    select min({{ local_date('created_at') }}) from {{ ref('fct_opportunities') }}
),

days as (
    select cast(unnest(generate_series(
        date_trunc('week', coalesce(min(day), {{ as_of_day() }})), {{ as_of_day() }}, interval 1 day
    )) as date) as date_day
    from firsts
)

select
    date_day,
    cast(date_trunc('week', date_day) as date) as week,
    isoyear(date_day) as iso_year,
    weekofyear(date_day) as iso_week,
    cast(date_trunc('month', date_day) as date) as month,
    cast(date_trunc('quarter', date_day) as date) as quarter,
    isodow(date_day) >= 6 as is_weekend
from days
