-- One row per lead and campaign it became a member of, with the first time; a person known twice is one member.
with
members as (
    select {{ record_key('salesforce', 'lead', 'm.salesforce_lead_id') }} as record_key, m.campaign_id, m.created_at as touched_at,
        {{ known_at('m.created_at') }} as known_at
    from {{ ref('stg_salesforce__campaign_members') }} as m
    {{ join_late_records('salesforce_campaign_membership', 'm.member_id') }}
    where m.salesforce_lead_id is not null and not m.is_deleted
    union all
    select {{ record_key('salesforce', 'contact', 'm.salesforce_contact_id') }}, m.campaign_id, m.created_at,
        {{ known_at('m.created_at') }}
    from {{ ref('stg_salesforce__campaign_members') }} as m
    {{ join_late_records('salesforce_campaign_membership', 'm.member_id') }}
    where m.salesforce_contact_id is not null and not m.is_deleted
    union all
    select {{ record_key('marketo', 'lead', 'm.marketo_lead_id') }}, g.campaign_id, m.member_at, {{ known_at('m.member_at') }}
    from {{ ref('stg_marketo__program_members') }} as m
    inner join {{ ref('int_programs') }} as g on g.source = 'marketo' and m.program_id = g.program_id
    {{ join_late_records('marketo_program_membership', "m.program_id || ':' || m.marketo_lead_id") }}
    union all
    select {{ record_key('mapped', 'lead', 'm.mapped_lead_id') }}, m.campaign_id, coalesce(m.responded_at, m.created_at),
        {{ known_at('coalesce(m.responded_at, m.created_at)') }}
    from {{ ref('stg_mapped__campaign_members') }} as m
    {{ join_late_records('mapped_campaign_membership', "m.campaign_id || ':' || m.mapped_lead_id") }}
)

select p.lead_id, m.campaign_id, min(m.touched_at) as touched_at, min(m.known_at) as known_at
from members as m
inner join {{ ref('int_lead_identity') }} as p on m.record_key = p.record_key
where not p.is_person_deleted and m.known_at < {{ as_of_end() }}
group by p.lead_id, m.campaign_id
