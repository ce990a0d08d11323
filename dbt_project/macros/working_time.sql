{# The instant at which clocks in the reporting zone show `minute` minutes after midnight of `day`. #}
{% macro at_minute_of_day(day, minute) -%}
    {{ local_midnight("(" ~ day ~ " + interval " ~ minute ~ " minute)") }}
{%- endmacro %}

{# Business hours from the first day of `days` (a row of int_working_days, that of the day of `at`) to `at`, in microseconds. #}
{% macro worked_until(days, at) -%}
    {{ days }}.worked_before + least(greatest(epoch_us({{ at }}) - epoch_us({{ days }}.opens_at), 0), {{ days }}.worked_on)
{%- endmacro %}
