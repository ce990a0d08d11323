-- One row per raw table and reason for which memberships, roles and logged changes lead to nobody or nothing known.
with
people as (
    select record_key, is_person_deleted from {{ ref('int_lead_identity') }}
),

opportunities as (
    select opportunity_id from {{ ref('stg_salesforce__opportunities') }}
    union
    select opportunity_id from {{ ref('stg_mapped__opportunities') }}
    union
    select opportunity_id from {{ ref('stg_hubspot__deals') }}
    union
    select opportunity_id from {{ ref('stg_pardot__opportunities') }}
),

campaigns as (
    select 'salesforce_campaign_member' as object, campaign_id from {{ ref('stg_salesforce__campaigns') }}
    union
    select 'marketo_program_member', program_id from {{ ref('stg_marketo__programs') }}
),

-- Two keys of one person: a converted lead's member names the lead and the contact.
links as (
    select 'salesforce_campaign_member' as object, {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }} as record_key,
        {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }} as other_key, cast(null as varchar) as opportunity_id, campaign_id
    from {{ ref('stg_salesforce__campaign_members') }}
    where not is_deleted
    union all by name
    select 'marketo_program_member' as object, {{ record_key('marketo', 'lead', 'marketo_lead_id') }} as record_key,
        program_id as campaign_id
    from {{ ref('stg_marketo__program_members') }}
    union all by name
    select 'mapped_campaign_member' as object, {{ record_key('mapped', 'lead', 'mapped_lead_id') }} as record_key
    from {{ ref('stg_mapped__campaign_members') }}
    union all by name
    select 'salesforce_opportunity_contact_role' as object,
        {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }} as record_key, opportunity_id
    from {{ ref('stg_salesforce__contact_roles') }}
    where not is_deleted
    union all by name
    select 'mapped_contact_role' as object, {{ record_key('mapped', 'lead', 'mapped_lead_id') }} as record_key, opportunity_id
    from {{ ref('stg_mapped__contact_roles') }}
    union all by name
    select 'hubspot_deal_contact' as object, {{ record_key('hubspot', 'contact', 'hubspot_contact_id') }} as record_key, opportunity_id
    from {{ ref('stg_hubspot__deal_contacts') }}
    union all by name
    select 'pardot_opportunity_prospect' as object, {{ record_key('pardot', 'prospect', 'pardot_prospect_id') }} as record_key,
        opportunity_id
    from {{ ref('stg_pardot__opportunity_prospects') }}
    union all by name
    select 'salesforce_lead_history' as object, {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }} as record_key
    from {{ ref('stg_salesforce__lead_history') }}
    union all by name
    select 'salesforce_contact_history' as object, {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }} as record_key
    from {{ ref('stg_salesforce__contact_history') }}
    union all by name
    select 'hubspot_contact_property_history' as object, record_key
    from {{ ref('stg_hubspot__contact_changes') }}
    union all by name
    select 'mapped_lead_change' as object, {{ record_key('mapped', 'lead', 'mapped_lead_id') }} as record_key
    from {{ ref('stg_mapped__lead_changes') }}
),

of_opportunities as (
    select 'salesforce_opportunity_history' as object, opportunity_id from {{ ref('stg_salesforce__opportunity_history') }}
    union all
    select 'salesforce_opportunity_field_history', opportunity_id from {{ ref('stg_salesforce__opportunity_field_history') }}
    union all
    select 'hubspot_deal_property_history', opportunity_id from {{ ref('stg_hubspot__deal_changes') }}
    union all
    select 'mapped_opportunity_change', opportunity_id from {{ ref('stg_mapped__opportunity_changes') }}
),

judged as (
    select
        l.object,
        case
            when l.record_key is null and l.other_key is null then 'no_person'
            when p.record_key is null and o.record_key is null then 'unknown_person'
            when coalesce(p.is_person_deleted, true) and coalesce(o.is_person_deleted, true) then 'deleted_person'
            when l.opportunity_id is not null and q.opportunity_id is null then 'unknown_opportunity'
            when l.campaign_id is not null and c.campaign_id is null then 'unknown_campaign'
        end as reason
    from links as l
    left join people as p on l.record_key = p.record_key
    left join people as o on l.other_key = o.record_key
    left join opportunities as q on l.opportunity_id = q.opportunity_id
    left join campaigns as c on l.object = c.object and l.campaign_id = c.campaign_id
    union all
    select object, 'unknown_opportunity'
    from of_opportunities
    where opportunity_id not in (select opportunity_id from opportunities)
    union all
    select case source when 'hubspot' then 'hubspot_deal' else source || '_opportunity' end, 'no_lead'
    from {{ ref('int_opportunities') }}
    where lead_id is null
    union all
    -- An open task is a plan; one that is about nobody is nobody's activity.
    select 'salesforce_task', if(who_id is null, 'no_person', 'plan')
    from {{ ref('stg_salesforce__tasks') }}
    where not is_deleted and (who_id is null or not is_closed)
    union all
    select 'salesforce_event', 'no_person'
    from {{ ref('stg_salesforce__events') }}
    where not is_deleted and who_id is null
    union all
    select 'hubspot_email_event_click', 'unknown_event'
    from {{ ref('stg_hubspot__email_event_clicks') }}
    where email_event_id not in (select email_event_id from {{ ref('stg_hubspot__email_events') }})
    union all
    select 'hubspot_engagement_contact', 'unknown_event'
    from {{ ref('stg_hubspot__engagement_contacts') }}
    where engagement_id not in (select engagement_id from {{ ref('stg_hubspot__engagements') }})
)

select object, reason, count(*) as records
from judged
where reason is not null
group by object, reason
