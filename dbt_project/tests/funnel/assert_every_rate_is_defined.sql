-- A returned row is a published rate of the funnel without an entry in the register of definitions.
with published as (
    {%- for table in ['mart_conversion_weekly', 'mart_funnel_period', 'mart_rule_performance'] %}
    {{ 'union all' if not loop.first }}
    select '{{ table }}' as table_name, unnest([
        column_name for column_name in (select list(column_name) from (describe {{ ref(table) }}))
        if column_name like '%rate%' or column_name like 'projected%' or column_name like 'completeness%'
    ]) as metric
    {%- endfor %}
)

select published.*
from published
anti join {{ ref('mart_definitions') }} as definitions using (table_name, metric)
