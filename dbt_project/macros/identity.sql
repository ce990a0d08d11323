{# CTE body: connected components of a symmetric edge table, labelled by their smallest node (a portable engine would iterate). #}
{% macro connected_components(edges, from_key, to_key) -%}
component_labels (node, component) using key (node) as (
    select {{ from_key }}, least({{ from_key }}, min({{ to_key }})) from {{ edges }} group by {{ from_key }}
    union
    select e.{{ to_key }}, min(changed.component)
    from component_labels as changed
    inner join {{ edges }} as e on changed.node = e.{{ from_key }}
    inner join recurring.component_labels as known on e.{{ to_key }} = known.node
    where changed.component < known.component
    group by e.{{ to_key }}
),

components as (
    select node, component from component_labels
)
{%- endmacro %}

{# List of the whole numbers written in a text such as "[12, 34]" or "12;34". #}
{% macro digits_in(text) -%}
    regexp_extract_all({{ text }}, '[0-9]+')
{%- endmacro %}
