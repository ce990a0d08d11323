-- One row per logged change of a record's owner; without a history, per record with the time at which its owner got it.
with
logged as (
    select {{ record_key('salesforce', 'lead', 'h.salesforce_lead_id') }} as record_key, 'salesforce' as source, h.field, h.old_value,
        h.new_value, h.changed_at, false as is_date_only, late.known_from
    from {{ ref('stg_salesforce__lead_history') }} as h
    {{ join_late_records('salesforce_lead_history', 'h.change_id') }}
    union all
    select {{ record_key('salesforce', 'contact', 'h.salesforce_contact_id') }}, 'salesforce', h.field, h.old_value, h.new_value,
        h.changed_at, false, late.known_from
    from {{ ref('stg_salesforce__contact_history') }} as h
    {{ join_late_records('salesforce_contact_history', 'h.change_id') }}
    union all
    select {{ record_key('mapped', 'lead', 'h.mapped_lead_id') }}, 'mapped', h.field, h.old_value, h.new_value, h.changed_at,
        coalesce(h.changed_at_is_date, false), late.known_from
    from {{ ref('stg_mapped__lead_changes') }} as h
    {{ join_late_records('mapped_lead_change', change_record_id('h.mapped_lead_id', 'h.field', 'h.changed_at', 'h.change_id', 'h.new_value')) }}
    union all
    -- a property history holds values, not changes: each replaced the one before it
    select h.record_key, 'hubspot', h.field, lag(h.value) over (partition by h.record_key, h.field order by h.changed_at, h.change_id),
        h.value, h.changed_at, false, late.known_from
    from {{ ref('stg_hubspot__contact_changes') }} as h
    {{ join_late_records('hubspot_contact_property_history', 'h.change_id') }}
),

changes as (
    select l.record_key, l.source, l.old_value, l.new_value, l.changed_at, l.is_date_only,
        greatest(if(l.is_date_only, {{ end_of_date('l.changed_at') }}, l.changed_at), l.known_from) as known_at
    from logged as l
    inner join {{ ref('attribute_fields') }} as f
        on l.source = f.source and lower(l.field) = lower(f.field) and f.attribute = 'owner'
    union all
    -- Without a history, the record tells when its owner got it.
    select c.record_key, 'hubspot', null, c.owner_id, c.owner_assigned_at, false, c.owner_assigned_at
    from {{ ref('stg_hubspot__contacts') }} as c
    where c.owner_assigned_at is not null
        and c.record_key not in (
            select h.record_key
            from {{ ref('stg_hubspot__contact_changes') }} as h
            inner join {{ ref('attribute_fields') }} as f
                on f.source = 'hubspot' and lower(h.field) = lower(f.field) and f.attribute = 'owner'
        )
)

select record_key, source, old_value, new_value, changed_at, is_date_only, known_at
from changes
where known_at < {{ as_of_end() }}
