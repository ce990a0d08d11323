-- One row per logged change of a field of a source record that tells a stage (seeds/lifecycle_stages.csv).
-- A value that was cleared is ''.
with logged as (
    select {{ record_key('salesforce', 'lead', 'h.salesforce_lead_id') }} as record_key, 'salesforce' as source,
        if(h.field = 'Lead Status', 'Status', h.field) as field, h.old_value, h.new_value, h.changed_at, h.change_id, late.known_from
    from {{ ref('stg_salesforce__lead_history') }} as h
    {{ join_late_records('salesforce_lead_history', 'h.change_id') }}
    union all by name
    select h.record_key, 'hubspot' as source,
        case lower(h.field) when 'lifecycle stage' then 'lifecyclestage' when 'lead status' then 'hs_lead_status' else lower(h.field) end
            as field,
        h.value as new_value, h.changed_at, h.change_id, late.known_from
    from {{ ref('stg_hubspot__contact_changes') }} as h
    {{ join_late_records('hubspot_contact_property_history', 'h.change_id') }}
    where lower(h.field) in ('lifecyclestage', 'lifecycle stage', 'hs_lead_status', 'lead status')
    union all by name
    select {{ record_key('marketo', 'lead', 'h.marketo_lead_id') }} as record_key, 'marketo' as source, 'revenue_stage' as field,
        h.new_stage as new_value, h.changed_at, h.activity_id as change_id, late.known_from
    from {{ ref('stg_marketo__revenue_stage_changes') }} as h
    {{ join_late_records('marketo_activity', 'h.activity_id') }}
    union all by name
    select {{ record_key('mapped', 'lead', 'h.mapped_lead_id') }} as record_key, 'mapped' as source, h.field,
        h.new_value, h.changed_at, h.changed_at_is_date as is_date_only, coalesce(h.change_id, '') as change_id, late.known_from
    from {{ ref('stg_mapped__lead_changes') }} as h
    {{ join_late_records('mapped_lead_change', change_record_id('h.mapped_lead_id', 'h.field', 'h.changed_at', 'h.change_id', 'h.new_value')) }}
    where h.field = 'stage'
)

select
    l.record_key,
    l.source,
    l.field,
    l.old_value,
    coalesce(l.new_value, '') as value,
    l.changed_at as entered_at,
    coalesce(l.is_date_only, false) as is_date_only,
    l.change_id,
    l.known_from
from logged as l
inner join (select distinct source, field from {{ ref('lifecycle_stages') }}) as f on l.source = f.source and l.field = f.field
