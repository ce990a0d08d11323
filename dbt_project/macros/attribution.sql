{# Models of attribution, each with its columns of credit; docs/attribution.md says what each one does. #}
{% macro attribution_models() -%}
    {{ return(['first', 'last', 'linear', 'u_shaped', 'w_shaped', 'full_path', 'time_decay']) }}
{%- endmacro %}

{# Days before a conversion in which a touch counts. #}
{% macro attribution_lookback_days() -%}
    {{ var('attribution_lookback_days', 90) }}
{%- endmacro %}

{# Days in which the weight of a touch halves (time_decay). #}
{% macro attribution_half_life_days() -%}
    {{ var('attribution_half_life_days', 7) }}
{%- endmacro %}

{# What nobody and nothing is credited with, and money that no campaign, name or channel alone was spent on. #}
{% macro unattributed() -%}'unattributed'{%- endmacro %}

{% macro undivided() -%}'(undivided)'{%- endmacro %}

{# What a lead does of its own will towards marketing: not what was sent to it, sales' own work, or leaving. #}
{% macro is_touch(activity_type) -%}
    ({{ is_own_activity(activity_type) }} and not {{ is_sales_touch(activity_type) }} and {{ activity_type }} <> 'unsubscribe')
{%- endmacro %}

{# Query: one row per raw campaign type in lower case, with the channel that seeds/channel_map.csv gives it. #}
{% macro channels_of_types() -%}
    select lower(trim(value)) as value, min(channel) as channel from {{ ref('channel_map') }} group by all
{%- endmacro %}

{# Query: one row per word for a channel in a mapping's files, in lower case, with the channel that seeds/channel_map.csv gives it. #}
{% macro channels_of_mapped() -%}
    select lower(trim(value)) as value, arg_min(channel, (source is null, channel)) as channel
    from {{ ref('channel_map') }}
    where source is null or source = 'mapped'
    group by lower(trim(value))
{%- endmacro %}

{# A period of int_campaign_history holds at an instant; the first begins at any time, the last has no end. #}
{% macro in_campaign_period(at, period) -%}
    ({{ period }}.valid_from is null or {{ at }} >= {{ period }}.valid_from)
    and ({{ period }}.valid_to is null or {{ at }} < {{ period }}.valid_to)
{%- endmacro %}

{#
  Credit of a touch in a model with anchors: `share` is split equally over the anchors that are there, the rest equally over the other
  touches; without others the anchors get all. A touch that is several anchors gets each one's part.

  anchors: anchors there are; own: how many of them this touch is; others: touches that are none.
#}
{% macro anchored_credit(share, own, anchors, others) -%}
    if({{ own }} = 0,
        (1 - {{ share }}) / {{ others }},
        if({{ others }} = 0, 1.0, {{ share }}) * {{ own }} / {{ anchors }})
{%- endmacro %}

{# Sum of shares to 15 decimals and of money to 9, the same whatever the order of the rows. #}
{% macro exact_sum_of_shares(share) -%}
    cast(sum(cast({{ share }} as decimal(38, 15))) as double)
{%- endmacro %}

{% macro exact_sum_of_parts(amount) -%}
    cast(sum(cast({{ amount }} as decimal(38, 9))) as double)
{%- endmacro %}
