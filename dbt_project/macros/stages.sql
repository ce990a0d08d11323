{# Order of stages that are entered at one instant. #}
{% macro stage_rank(stage) -%}
    list_position(['lead', 'mql', 'sql', 'opportunity', 'customer', 'disqualified', 'recycled'], {{ stage }})
{%- endmacro %}
