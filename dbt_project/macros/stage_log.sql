{#
  CTEs `crm_log`, `history` and `current_values`: what the fields of source records that tell a stage (seeds/lifecycle_stages.csv)
  were changed to and when, a cleared value as '', and what they hold now.
#}
{% macro stage_log() -%}
crm_log as (
    select {{ record_key('salesforce', 'lead', 'h.salesforce_lead_id') }} as record_key,
        if(h.field = 'Lead Status', 'Status', h.field) as field, h.old_value, h.new_value, h.changed_at, h.change_id, late.known_from
    from {{ ref('stg_salesforce__lead_history') }} as h
    {{ join_late_records('salesforce_lead_history', 'h.change_id') }}
),

-- History: what a field was changed to, and when. A value that was cleared is ''.
history as (
    select record_key, 'salesforce' as source, field, coalesce(new_value, '') as value, changed_at as entered_at,
        false as is_date_only, change_id, known_from
    from crm_log
    union all by name
    select h.record_key, 'hubspot' as source,
        case lower(h.field) when 'lifecycle stage' then 'lifecyclestage' when 'lead status' then 'hs_lead_status' else lower(h.field) end
            as field,
        coalesce(h.value, '') as value, h.changed_at as entered_at, false as is_date_only, h.change_id, late.known_from
    from {{ ref('stg_hubspot__contact_changes') }} as h
    {{ join_late_records('hubspot_contact_property_history', 'h.change_id') }}
    where lower(h.field) in ('lifecyclestage', 'lifecycle stage', 'hs_lead_status', 'lead status')
    union all by name
    select {{ record_key('marketo', 'lead', 'h.marketo_lead_id') }} as record_key, 'marketo' as source, 'revenue_stage' as field,
        coalesce(h.new_stage, '') as value, h.changed_at as entered_at, false as is_date_only, h.activity_id as change_id, late.known_from
    from {{ ref('stg_marketo__revenue_stage_changes') }} as h
    {{ join_late_records('marketo_activity', 'h.activity_id') }}
    union all by name
    select {{ record_key('mapped', 'lead', 'h.mapped_lead_id') }} as record_key, 'mapped' as source, h.field,
        coalesce(h.new_value, '') as value, h.changed_at as entered_at, h.changed_at_is_date as is_date_only,
        coalesce(h.change_id, '') as change_id, late.known_from
    from {{ ref('stg_mapped__lead_changes') }} as h
    {{ join_late_records('mapped_lead_change', change_record_id('h.mapped_lead_id', 'h.field', 'h.changed_at', 'h.change_id', 'h.new_value')) }}
    where h.field = 'stage'
),

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
