-- One row per build: which MQLs count. Decided by the setting, or (auto) recorded where a source marks MQLs, else scored.
-- depends_on: {{ ref('int_stage_entries') }} whatever the setting: Dagster's graph is read before the settings are known
select
    {% if var('mql_basis') == 'auto' -%}
    case when exists (select 1 from {{ ref('int_stage_entries') }} where stage = 'mql' and not is_inferred)
        then 'recorded' else 'scored' end as mql_basis
    {%- else -%}
    '{{ var("mql_basis") }}' as mql_basis
    {%- endif %}
