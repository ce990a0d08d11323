{# Local midnight at the start of a reporting-zone day, as a UTC timestamp. #}
{% macro local_midnight(day) -%}
    {%- if var('time_zone') == 'UTC' -%}
    cast({{ day }} as timestamp)
    {%- else -%}
    timezone('UTC', timezone('{{ var("time_zone") }}', cast({{ day }} as timestamp)))
    {%- endif -%}
{%- endmacro %}

{# First instant after the as-of day (exclusive end), as a UTC timestamp. #}
{% macro as_of_end() -%}
    {{ local_midnight("(cast('" ~ var('as_of') ~ "' as date) + 1)") }}
{%- endmacro %}

{% macro as_of_day() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{# Reporting-zone day of a UTC timestamp; a date-only value is its own day in every zone. #}
{% macro local_date(at, is_date_only=none) -%}
    {%- if var('time_zone') == 'UTC' -%}
    cast({{ at }} as date)
    {%- else -%}
    {%- set local -%}
    cast(timezone('{{ var("time_zone") }}', timezone('UTC', {{ at }})) as date)
    {%- endset -%}
    {%- if is_date_only is none -%}
    {{ local }}
    {%- else -%}
    case when {{ is_date_only }} then cast({{ at }} as date) else {{ local }} end
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Monday of the reporting-zone week. #}
{% macro local_week(at, is_date_only=none) -%}
    cast(date_trunc('week', {{ local_date(at, is_date_only) }}) as date)
{%- endmacro %}

{# When a date-only value is known: the last microsecond of its reporting-zone day. #}
{% macro end_of_date(at) -%}
    ({{ local_midnight("(cast(" ~ at ~ " as date) + 1)") }} - interval 1 microsecond)
{%- endmacro %}

{# Whole and fractional days from one timestamp to another. #}
{% macro days_between(from_at, to_at) -%}
    ((epoch_us({{ to_at }}) - epoch_us({{ from_at }})) / 86400000000.0)
{%- endmacro %}

{# b is not before a; where exactly one of them is date-only they compare by reporting-zone day. #}
{% macro not_before(b, b_is_date_only, a, a_is_date_only) -%}
    case when {{ b_is_date_only }} or {{ a_is_date_only }}
        then {{ local_date(b, b_is_date_only) }} >= {{ local_date(a, a_is_date_only) }}
        else {{ b }} >= {{ a }} end
{%- endmacro %}

{# Horizon of a step in days. #}
{% macro horizon_days(step) -%}
    {{ var('horizon_days')[step] }}
{%- endmacro %}
