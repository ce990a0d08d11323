-- One row per lead and campaign it became a member of, with the first time; a person known twice is one member.
with
members as (
    select {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }} as record_key, campaign_id, created_at as touched_at
    from {{ ref('stg_salesforce__campaign_members') }}
    where salesforce_lead_id is not null and not is_deleted
    union all
    select {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }}, campaign_id, created_at
    from {{ ref('stg_salesforce__campaign_members') }}
    where salesforce_contact_id is not null and not is_deleted
    union all
    select {{ record_key('marketo', 'lead', 'm.marketo_lead_id') }}, g.campaign_id, m.member_at
    from {{ ref('stg_marketo__program_members') }} as m
    inner join {{ ref('int_programs') }} as g on m.program_id = g.program_id
    union all
    select {{ record_key('mapped', 'lead', 'mapped_lead_id') }}, campaign_id, coalesce(responded_at, created_at)
    from {{ ref('stg_mapped__campaign_members') }}
)

select p.lead_id, m.campaign_id, min(m.touched_at) as touched_at
from members as m
inner join {{ ref('int_lead_identity') }} as p on m.record_key = p.record_key
where not p.is_person_deleted and m.touched_at < {{ as_of_end() }}
group by p.lead_id, m.campaign_id
