{#
  Daily runs compute the leads that changed (docs/decisions/incremental.md). A model that holds rows per lead and depends on
  nothing but a lead's own inputs, the seeds and the settings is `incremental`: its pre_hook deletes the rows of changed leads,
  its query gives theirs anew. A lead that only has new activities keeps what was known before them, where a model says so
  (`known_at`). Without `--vars 'carry: true'` every lead is computed anew.
#}

{# Instead of dbt's own: only a run that knows the last build to be its own carries leads that did not change (orchestration/carry.py). #}
{% macro should_full_refresh() -%}
    {{ return(not var('carry')) }}
{%- endmacro %}

{# The last build left rows of this model that are still good. #}
{% macro is_carried() -%}
    {{ return(var('carry') and is_incremental()) }}
{%- endmacro %}

{# From when on everything of a lead that changed is computed. #}
{% macro from_the_beginning() -%}
    timestamp '0001-01-01'
{%- endmacro %}

{# After a relation in `from`, where a model carries leads: only rows of changed ones; with `known_at`, only those known since then. #}
{% macro of_changed_leads(alias, known_at=none) -%}
    {%- do ref('int_changed_leads') -%}
    {%- if is_carried() and known_at -%}
    inner join {{ ref('int_changed_leads') }} as changed on {{ alias }}.lead_id = changed.lead_id and {{ known_at }} >= changed.from_at
    {%- elif is_carried() -%}
    semi join {{ ref('int_changed_leads') }} as changed on {{ alias }}.lead_id = changed.lead_id
    {%- endif -%}
{%- endmacro %}

{# Pre-hook: rows of changed leads go; where a model keeps what was known before new activities, only those computed from the beginning. #}
{% macro forget_changed_leads(keeps_older=false) -%}
    {%- if is_carried() -%}
    delete from {{ this }}
    where lead_id in (
        select lead_id from {{ ref('int_changed_leads') }}
        {{- ' where from_at = ' ~ from_the_beginning() if keeps_older }}
    )
    {%- endif -%}
{%- endmacro %}

{# One number for a row; the sum over rows is the same whatever their order. #}
{% macro row_hash(relation, alias) -%}
    cast(hash('{{ relation.identifier }}', {{ alias }}) as hugeint)
{%- endmacro %}
