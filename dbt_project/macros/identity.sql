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

{# What a record is: the `vendor:object` of its key. #}
{% macro record_kind(record_key) -%}
    regexp_extract({{ record_key }}, '^[^:]+:[^:]+')
{%- endmacro %}

{# List of the ids in a text such as "[12, 34]" or "12;34"; in "12:1617297167000" the time of the merge is none. #}
{% macro merged_ids_in(text) -%}
    regexp_extract_all({{ text }}, '([0-9]+)(?::[0-9]+)?', 1)
{%- endmacro %}

{#
  Select of the links that a column of ids states: each record and the one of `named` (`vendor:object`) whose id it holds.
  A record that names the one it was merged into is the absorbed one.
#}
{% macro named_records(records, id, named, reason, linked_at) -%}
select record_key as left_key, {{ record_key(named.split(':')[0], named.split(':')[1], id) }} as right_key,
        '{{ reason }}' as reason, {{ linked_at }} as linked_at,
        {{ 'record_key' if reason == 'merged' else 'cast(null as varchar)' }} as absorbed_key
    from {{ ref(records) }}
    where {{ id }} is not null
{%- endmacro %}

{# Bare web domain of an address: lower case, no scheme, www or path. #}
{% macro web_domain(address) -%}
    nullif(regexp_replace(lower({{ address }}), '^(https?://)?(www\.)?([^/?#]*).*$', '\3'), '')
{%- endmacro %}

{# An address on the web without scheme and host, whose names say nothing about a page. #}
{% macro page_path(address) -%}
    regexp_replace({{ address }}, '^([a-z][a-z0-9+.-]*:)?//[^/?#]*', '', 'i')
{%- endmacro %}
