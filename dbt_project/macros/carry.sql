{#
  Daily runs recompute the leads that changed (docs/decisions/incremental.md). A model that holds rows per lead and depends on
  nothing but a lead's own inputs, the seeds and the settings is `incremental`: its pre_hook deletes the rows of changed leads,
  its query gives theirs anew. Without `--vars 'carry: true'` every lead is computed anew.
#}

{# After a relation in `from`: only rows of changed leads, where a model carries the others. #}
{% macro of_changed_leads(alias) -%}
    {%- do ref('int_changed_leads') -%}
    {%- if var('carry') and is_incremental() -%}
    semi join {{ ref('int_changed_leads') }} as changed on {{ alias }}.lead_id = changed.lead_id
    {%- endif -%}
{%- endmacro %}

{% macro forget_changed_leads() -%}
    {%- if var('carry') and is_incremental() -%}
    delete from {{ this }} where lead_id in (select lead_id from {{ ref('int_changed_leads') }})
    {%- endif -%}
{%- endmacro %}

{# Before a build: what the build before it knew of each lead; nothing is known where nothing is carried. #}
{% macro keep_lead_fingerprints() -%}
    create schema if not exists carried;
    create or replace table carried.lead_fingerprints (lead_id varchar, fingerprint hugeint);
    {% if execute and var('carry') %}
    insert into carried.lead_fingerprints select lead_id, fingerprint from intermediate.int_lead_fingerprints;
    {% endif %}
{%- endmacro %}

{# Query: one number per lead for the rows of `relations`, whatever their order: any row added, changed or removed changes it. #}
{% macro fingerprints_by_lead(relations) -%}
    select lead_id, sum(cast(row_hash as hugeint)) as fingerprint
    from (
        {%- for relation in relations %}
        select lead_id, hash('{{ relation.identifier }}', r) as row_hash from {{ relation }} as r
        {{- '\n        union all' if not loop.last }}
        {%- endfor %}
    )
    group by lead_id
{%- endmacro %}
