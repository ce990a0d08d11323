{# CTE `current_values`: what the fields of source records that tell a stage hold now. #}
{% macro current_stage_values() -%}
-- Values that records have now, as of their last modification.
current_values as (
    select record_key, 'salesforce' as source, 'Status' as field, status as value, modified_at
    from {{ ref('stg_salesforce__leads') }}
    union all
    select record_key, 'hubspot', 'lifecyclestage', lifecycle_stage, modified_at from {{ ref('stg_hubspot__contacts') }}
    union all
    select record_key, 'hubspot', 'hs_lead_status', lead_status, modified_at from {{ ref('stg_hubspot__contacts') }}
    union all
    select record_key, 'mapped', 'stage', stage, coalesce(modified_at, created_at) from {{ ref('stg_mapped__leads') }}
)
{%- endmacro %}
