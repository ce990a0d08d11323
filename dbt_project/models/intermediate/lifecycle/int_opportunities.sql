-- One row per opportunity created by the as-of day, with the lead it belongs to (null where none is known).
with
opportunities as (
    select opportunity_id, account_id, name, amount, stage, is_closed, is_won, campaign_id, created_at,
        false as created_at_is_date, cast(close_on as timestamp) as closed_at, true as closed_at_is_date,
        null as mapped_lead_id
    from {{ ref('stg_salesforce__opportunities') }}
    where not is_deleted
    union all by name
    select opportunity_id, account_id, name, amount, stage, is_closed, is_won, campaign_id, created_at, created_at_is_date,
        closed_at, coalesce(closed_at_is_date, false) as closed_at_is_date, mapped_lead_id
    from {{ ref('stg_mapped__opportunities') }}
),

-- Strongest link first: the converted lead, the primary contact, the earliest contact.
links as (
    select converted_opportunity_id as opportunity_id, record_key, 1 as strength, created_at
    from {{ ref('stg_salesforce__leads') }}
    where converted_opportunity_id is not null and not is_deleted
    union all
    select opportunity_id, {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }}, if(is_primary, 2, 3), created_at
    from {{ ref('stg_salesforce__contact_roles') }}
    where not is_deleted
    union all
    select opportunity_id, {{ record_key('mapped', 'lead', 'mapped_lead_id') }}, 1, created_at
    from opportunities
    where mapped_lead_id is not null
    union all
    select opportunity_id, {{ record_key('mapped', 'lead', 'mapped_lead_id') }}, if(is_primary, 2, 3), created_at
    from {{ ref('stg_mapped__contact_roles') }}
),

owners as (
    select l.opportunity_id, arg_min(p.lead_id, (l.strength, l.created_at, p.lead_id)) as lead_id
    from links as l
    inner join {{ ref('int_lead_identity') }} as p on l.record_key = p.record_key
    where not p.is_person_deleted
    group by l.opportunity_id
)

select
    o.* exclude (mapped_lead_id),
    w.lead_id,
    if(o.created_at_is_date, {{ end_of_date('o.created_at') }}, o.created_at) as known_at
from opportunities as o
left join owners as w on o.opportunity_id = w.opportunity_id
where o.created_at < {{ as_of_end() }}
