-- One row per opportunity created by the as-of day, with the lead it belongs to (null where none is known). What several
-- sources hold of one opportunity is one: the CRM's.
with
sources as (
    select 'salesforce' as source, 'salesforce_opportunity' as object, opportunity_id, account_id, name, amount, stage,
        stage as state_name, is_closed, is_won, campaign_id, created_at, false as created_at_is_date, cast(close_on as timestamp) as closed_at,
        true as closed_at_is_date, modified_at, is_deleted
    from {{ ref('stg_salesforce__opportunities') }}
    union all by name
    select 'mapped' as source, 'mapped_opportunity' as object, opportunity_id, account_id, name, amount, stage,
        stage as state_name, is_closed, is_won, campaign_id, created_at, created_at_is_date, closed_at, coalesce(closed_at_is_date, false) as closed_at_is_date,
        modified_at, false as is_deleted, mapped_lead_id
    from {{ ref('stg_mapped__opportunities') }}
    union all by name
    select 'hubspot' as source, 'hubspot_deal' as object, d.opportunity_id,
        coalesce({{ merged_ids_in('d.account_ids') }}[1], c.account_id) as account_id,
        d.name, d.amount, d.stage, d.stage as state_name, d.is_closed, d.is_won, d.campaign as campaign_id, d.created_at,
        {{ is_bare_date('d.created_at') }} as created_at_is_date, d.closed_at, {{ is_bare_date('d.closed_at') }} as closed_at_is_date,
        d.modified_at, d.is_deleted, d.salesforce_opportunity_id as same_as
    from {{ ref('stg_hubspot__deals') }} as d
    left join (select opportunity_id, min(account_id) as account_id from {{ ref('stg_hubspot__deal_companies') }} group by 1) as c
        on d.opportunity_id = c.opportunity_id
    union all by name
    select 'pardot' as source, 'pardot_opportunity' as object, opportunity_id, name, amount, stage,
        coalesce(status, stage) as state_name, campaign_id, created_at, {{ is_bare_date('created_at') }} as created_at_is_date, closed_at,
        {{ is_bare_date('closed_at') }} as closed_at_is_date, modified_at, is_deleted, salesforce_opportunity_id as same_as
    from {{ ref('stg_pardot__opportunities') }}
),

-- Merged deals: only the one that stays.
merged as (
    select merged_opportunity_id as opportunity_id from {{ ref('stg_hubspot__deal_merges') }}
    union
    select {{ record_key('hubspot', 'deal', 'm.merged_id') }}
    from {{ ref('stg_hubspot__deals') }} as d, unnest({{ merged_ids_in('d.merged_ids') }}) as m (merged_id)
    where d.opportunity_id <> {{ record_key('hubspot', 'deal', 'm.merged_id') }}
),

mirrors as (
    select opportunity_id, same_as
    from sources
    where same_as in (select opportunity_id from sources where source = 'salesforce')
),

opportunities as (
    select s.* replace (
            coalesce(s.created_at, s.modified_at, {{ local_midnight(as_of_day()) }}) as created_at,
            coalesce(s.created_at_is_date, false) as created_at_is_date,
            coalesce(s.is_closed, f.is_closed, false) as is_closed,
            coalesce(s.is_won, f.is_won, false) as is_won
        )
    from sources as s
    left join {{ ref('int_opportunity_stage_flags') }} as f on s.source = f.source and {{ stage_key('s.state_name') }} = f.stage
    where not s.is_deleted
        and s.opportunity_id not in (select opportunity_id from merged)
        and s.opportunity_id not in (select opportunity_id from mirrors)
),

-- Strongest link first: the converted lead, the primary contact, the earliest contact; the CRM's before a copy's.
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
    from sources
    where mapped_lead_id is not null
    union all
    select opportunity_id, {{ record_key('mapped', 'lead', 'mapped_lead_id') }}, if(is_primary, 2, 3), created_at
    from {{ ref('stg_mapped__contact_roles') }}
    union all
    select opportunity_id, {{ record_key('hubspot', 'contact', 'hubspot_contact_id') }}, 4, null
    from {{ ref('stg_hubspot__deal_contacts') }}
    union all
    select d.opportunity_id, {{ record_key('hubspot', 'contact', 'c.contact_id') }}, 4, null
    from {{ ref('stg_hubspot__deals') }} as d, unnest({{ merged_ids_in('d.contact_ids') }}) as c (contact_id)
    union all
    select opportunity_id, {{ record_key('pardot', 'prospect', 'pardot_prospect_id') }}, 5, null
    from {{ ref('stg_pardot__opportunity_prospects') }}
),

-- A link without a time of its own counts from the creation of its person's record.
owners as (
    select coalesce(m.same_as, l.opportunity_id) as opportunity_id,
        arg_min(p.lead_id, (l.strength, coalesce(l.created_at, r.created_at), p.lead_id)) as lead_id
    from links as l
    inner join {{ ref('int_lead_identity') }} as p on l.record_key = p.record_key
    inner join {{ ref('int_lead_records') }} as r on l.record_key = r.record_key
    left join mirrors as m on l.opportunity_id = m.opportunity_id
    where not p.is_person_deleted
    group by 1
)

select
    o.opportunity_id,
    o.source,
    o.account_id,
    o.name,
    o.amount,
    o.stage,
    o.is_closed,
    o.is_won,
    coalesce(g.campaign_id, o.campaign_id) as campaign_id,
    o.created_at,
    o.created_at_is_date,
    o.closed_at,
    o.closed_at_is_date,
    o.modified_at,
    w.lead_id,
    {{ known_at("if(o.created_at_is_date, " ~ end_of_date('o.created_at') ~ ", o.created_at)") }} as known_at
from opportunities as o
left join owners as w on o.opportunity_id = w.opportunity_id
left join {{ ref('int_programs') }} as g on o.source = g.source and o.campaign_id = g.program_id
left join {{ ref('int_late_records') }} as late on o.object = late.object and o.opportunity_id = late.record_id
where o.created_at < {{ as_of_end() }}
