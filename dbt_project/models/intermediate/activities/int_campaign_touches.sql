-- One row per lead and campaign it became a member of, with the first time; a person known twice is one member.
with
mapped_members as (
    select *,
        -- Where only the response has a time, it was a member by then.
        coalesce(created_at, responded_at) as member_at,
        coalesce(if(created_at is null, responded_at_is_date, created_at_is_date), false) as member_at_is_date
    from {{ ref('stg_mapped__campaign_members') }}
),

members as (
    select {{ record_key('salesforce', 'lead', 'm.salesforce_lead_id') }} as record_key, m.campaign_id, m.created_at as touched_at,
        false as touched_is_date_only, {{ known_at('m.created_at') }} as known_at,
        m.has_responded, cast(m.responded_on as timestamp) as responded_at, true as responded_is_date_only
    from {{ ref('stg_salesforce__campaign_members') }} as m
    {{ join_late_records('salesforce_campaign_membership', 'm.member_id') }}
    where m.salesforce_lead_id is not null and not m.is_deleted
    union all
    select {{ record_key('salesforce', 'contact', 'm.salesforce_contact_id') }}, m.campaign_id, m.created_at,
        false, {{ known_at('m.created_at') }},
        m.has_responded, cast(m.responded_on as timestamp), true
    from {{ ref('stg_salesforce__campaign_members') }} as m
    {{ join_late_records('salesforce_campaign_membership', 'm.member_id') }}
    where m.salesforce_contact_id is not null and not m.is_deleted
    union all
    select {{ record_key('marketo', 'lead', 'm.marketo_lead_id') }}, g.campaign_id, m.member_at,
        false, {{ known_at('m.member_at') }},
        m.has_reached_success, m.reached_success_at, false
    from {{ ref('stg_marketo__program_members') }} as m
    inner join {{ ref('int_programs') }} as g on g.source = 'marketo' and m.program_id = g.program_id
    {{ join_late_records('marketo_program_membership', "m.program_id || ':' || m.marketo_lead_id") }}
    union all
    select {{ record_key('mapped', 'lead', 'm.mapped_lead_id') }}, m.campaign_id, m.member_at,
        m.member_at_is_date, {{ known_at('if(m.member_at_is_date, ' ~ end_of_date('m.member_at') ~ ', m.member_at)') }},
        m.has_responded, m.responded_at, coalesce(m.responded_at_is_date, false)
    from mapped_members as m
    {{ join_late_records('mapped_campaign_membership', "m.campaign_id || ':' || m.mapped_lead_id") }}
),

-- A response after the as-of day is none yet, whatever a later extract says.
known as (
    select * replace (
        has_responded and coalesce({{ local_date('responded_at', 'responded_is_date_only') }} <= {{ as_of_day() }}, true) as has_responded
    )
    from members
    where known_at < {{ as_of_end() }}
)

select
    p.lead_id,
    m.campaign_id,
    min(m.touched_at) as touched_at,
    arg_min(m.touched_is_date_only, (m.touched_at, m.touched_is_date_only)) as touched_is_date_only,
    min(m.known_at) as known_at,
    coalesce(bool_or(m.has_responded), false) as has_responded,
    min(if(m.has_responded, m.responded_at, null)) as responded_at,
    arg_min(m.responded_is_date_only, (m.responded_at, m.responded_is_date_only))
        filter (where m.has_responded and m.responded_at is not null) as responded_is_date_only
from known as m
inner join {{ ref('int_lead_identity') }} as p on m.record_key = p.record_key
where not p.is_person_deleted
group by p.lead_id, m.campaign_id
