-- One row per source record and instant at which it went from marketing, or from nobody, to an owner in sales.
{{ config(materialized='view') }}
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
),

owners as (
    select o.source, o.owner, bool_or(m.pattern is not null) as is_marketing
    from (select distinct source, unnest([old_value, new_value]) as owner from changes) as o
    left join {{ ref('marketing_owners') }} as m
        on (m.source is null or m.source = o.source) and regexp_matches(o.owner, m.pattern, 'i')
    where o.owner is not null
    group by o.source, o.owner
)

-- A change may stand twice at one instant, by ids and by names: what either tells of an owner counts.
select
    c.record_key,
    c.changed_at,
    bool_or(c.is_date_only) as is_date_only,
    min(c.known_at) as known_at
from changes as c
left join owners as old_owner on c.source = old_owner.source and c.old_value = old_owner.owner
left join owners as new_owner on c.source = new_owner.source and c.new_value = new_owner.owner
where c.known_at < {{ as_of_end() }}
group by c.record_key, c.changed_at
having bool_and(c.new_value is not null)
    and not bool_or(coalesce(new_owner.is_marketing, false))
    and (bool_and(c.old_value is null) or bool_or(coalesce(old_owner.is_marketing, false)))
