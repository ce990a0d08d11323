{# Two-sided 90 % normal quantile. #}
{% macro z90() -%}1.6448536269514722{%- endmacro %}

{# k/n as a double; null where there is nothing to divide by. #}
{% macro ratio(k, n) -%}
    (cast({{ k }} as double) / nullif({{ n }}, 0))
{%- endmacro %}

{# Ends of the 90 % Wilson score interval of k successes among n, n above 0; exactly 0 and 1 at the edges. #}
{% macro wilson_low(k, n) -%}
    case when {{ k }} = 0 then 0.0 else {{ _wilson(k, n, '-') }} end
{%- endmacro %}

{% macro wilson_high(k, n) -%}
    case when {{ k }} = {{ n }} then 1.0 else {{ _wilson(k, n, '+') }} end
{%- endmacro %}

{% macro _wilson(k, n, sign) -%}
    ((
        {{ ratio(k, n) }} + pow({{ z90() }}, 2) / (2.0 * {{ n }})
        {{ sign }} {{ z90() }} * sqrt(
            {{ ratio(k, n) }} * (1 - {{ ratio(k, n) }}) / {{ n }} + pow({{ z90() }} / (2.0 * {{ n }}), 2)
        )
    ) / (1 + pow({{ z90() }}, 2) / {{ n }}))
{%- endmacro %}

{# Sum of doubles that does not depend on the order of the rows, so that a rebuild gives the same bytes. #}
{% macro exact_sum(amount) -%}
    cast(sum(cast({{ amount }} as decimal(38, 6))) as double)
{%- endmacro %}

{# The same for values within [0, 1]: their mean, to 15 decimals. #}
{% macro exact_mean_of_shares(share) -%}
    (cast(sum(cast({{ share }} as decimal(18, 15))) as double) / count(*))
{%- endmacro %}

{# A setting as people read it: a list by commas, a dictionary as `name value` by commas. #}
{% macro setting_text(setting) -%}
    {%- if setting is mapping -%}
        {%- for name, value in setting.items() %}{{ name }} {{ value }}{{ ', ' if not loop.last }}{% endfor -%}
    {%- elif setting is iterable and setting is not string -%}
        {{ setting | join(', ') }}
    {%- else -%}
        {{ setting }}
    {%- endif -%}
{%- endmacro %}

{# The names that follow the word `setting` in a text, as a list. #}
{% macro settings_named_in(text) -%}
    regexp_extract_all({{ text }}, '\bsetting ([a-z]+(?:[_.][a-z]+)*)', 1)
{%- endmacro %}
