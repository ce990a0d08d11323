{# The instant at which clocks in the reporting zone show `minute` minutes after midnight of `day`. #}
{% macro at_minute_of_day(day, minute) -%}
    {{ local_midnight("(" ~ day ~ " + interval " ~ minute ~ " minute)") }}
{%- endmacro %}

{# Business hours from the first day of `days` (a row of int_working_days, that of the day of `at`) to `at`, in microseconds. #}
{% macro worked_until(days, at) -%}
    {{ days }}.worked_before + least(greatest(epoch_us({{ at }}) - epoch_us({{ days }}.opens_at), 0), {{ days }}.worked_on)
{%- endmacro %}

{# What is known by its date only waits from the end of that day: a date says no more than that it was so by then. #}
{% macro waits_from(at, is_date_only) -%}
    if({{ is_date_only }}, {{ local_midnight("(cast(" ~ at ~ " as date) + 1)") }}, {{ at }})
{%- endmacro %}

{#
  CTEs `clocked` and `due`: per row of `waiting` (its `keys` and waits_from) the instant at which sales is due to call or
  meet, response_target_hours of business hours later.
#}
{% macro due_instants(waiting, keys) -%}
clocked as (
    select w.{{ keys | join(', w.') }},
        {{ worked_until('d', 'w.waits_from') }} + cast({{ var('response_target_hours') }} * 3600000000 as bigint) as due_after
    from {{ waiting }} as w
    inner join {{ ref('int_working_days') }} as d on {{ local_date('w.waits_from') }} = d.day
),

due as (
    select c.{{ keys | join(', c.') }}, d.opens_at + to_microseconds(c.due_after - d.worked_before) as due_at
    from clocked as c
    asof join (select * from {{ ref('int_working_days') }} where worked_on > 0) as d on c.due_after > d.worked_before
)
{%- endmacro %}
