-- One row per model × conversion × week × channel × campaign: the conversions of the week credited to what led to them.
with sums as (
    select
        conversion,
        week,
        channel,
        campaign_id,
        {%- for model in attribution_models() %}
        {{ exact_sum_of_shares(model ~ '_credit') }} as {{ model }}_credit,
        {{ exact_sum_of_parts('nullif(' ~ model ~ '_credit, 0) * amount') }} as {{ model }}_amount{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_attribution_credits') }}
    group by conversion, week, channel, campaign_id
)

{% for model in attribution_models() -%}
select '{{ model }}' as model, conversion, week, channel, campaign_id, {{ model }}_credit as credit, {{ model }}_amount as amount
from sums
where {{ model }}_credit > 0
{{ 'union all' if not loop.last }}
{% endfor -%}
