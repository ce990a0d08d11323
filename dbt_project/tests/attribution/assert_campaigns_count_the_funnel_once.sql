-- A returned row is a number of which the rows of mart_campaign_performance do not hold what mart_funnel_period holds, or its roll-ups disagree.
{% set numbers = ['leads', 'mqls', 'sqls', 'opportunities', 'customers', 'won_amount'] %}
with sums as (
    select
        case
            when campaign_id = '(all)' and channel = '(all)' then 'all'
            when campaign_id = '(all)' then 'channels'
            when channel = '(all)' then 'campaigns'
            else 'details'
        end as level,
        {% for number in numbers %}sum({{ number }}) as {{ number }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ ref('mart_campaign_performance') }}
    group by level
),

funnel as (
    select {% for number in numbers %}coalesce(sum({{ number }}), 0) as {{ number }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ ref('mart_funnel_period') }}
    where channel = '(all)' and campaign_id = '(all)'
)

{% for number in numbers -%}
select sums.level, '{{ number }}' as number
from sums
cross join funnel
where abs(sums.{{ number }} - funnel.{{ number }}) > 0.01 + 1e-11 * funnel.{{ number }}
{{ 'union all' if not loop.last }}
{% endfor -%}
