{#
  dbt writes the SQL of a seed to target/run/<package>/<path of the seed>. With an absolute seed path (the workspace's
  seeds) that is the seed itself: it would be overwritten. So nothing is written here; the SQL is only a COPY anyway.
#}
{% macro noop_statement(name=None, message=None, code=None, rows_affected=None, res=None) -%}
    {%- set sql = caller() -%}
    {%- if name is not none -%}
        {{ store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) }}
    {%- endif -%}
{%- endmacro %}
