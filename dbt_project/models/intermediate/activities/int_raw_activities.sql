-- One row per activity that a source logged, with the type the vendor gives it.
select
    activity_id,
    {{ record_key('marketo', 'lead', 'marketo_lead_id') }} as record_key,
    'marketo' as source,
    'marketo_activity' as object,
    vendor_type,
    coalesce(asset, '') || coalesce(' ' || (attributes ->> '$."New Status"'), '') as detail,
    asset_id as mailing_id,
    attributes ->> '$.Link' as link,
    occurred_at,
    false as is_date_only,
    occurred_at as known_at,
    if(vendor_type = '104', asset_id, null) as program_id,
    cast(null as varchar) as campaign_id,
    cast(null as varchar) as record_id
from {{ ref('stg_marketo__activities') }}
union all by name
-- An open task is a plan. A task names a lead or a contact.
select
    task_id as activity_id,
    coalesce(p.record_key, {{ record_key('salesforce', 'contact', 'who_id') }}) as record_key,
    'salesforce_task' as source,
    'salesforce_task' as object,
    lower(coalesce(nullif(subtype, 'Task'), type, '')) as vendor_type,
    coalesce(type, '') || ' ' || coalesce(subject, '') as detail,
    coalesce(completed_at, cast(activity_on as timestamp), t.created_at) as occurred_at,
    completed_at is null and activity_on is not null as is_date_only,
    greatest(t.created_at, coalesce(completed_at, {{ end_of_date('activity_on') }}, t.created_at)) as known_at
from {{ ref('stg_salesforce__tasks') }} as t
left join {{ ref('int_lead_records') }} as p on {{ record_key('salesforce', 'lead', 't.who_id') }} = p.record_key
where t.is_closed and not t.is_deleted and t.who_id is not null
union all by name
select
    event_id as activity_id,
    coalesce(p.record_key, {{ record_key('salesforce', 'contact', 'who_id') }}) as record_key,
    'salesforce_event' as source,
    'salesforce_event' as object,
    lower(coalesce(type, '')) as vendor_type,
    coalesce(type, '') || ' ' || coalesce(subject, '') as detail,
    coalesce(starts_at, cast(activity_on as timestamp), e.created_at) as occurred_at,
    starts_at is null and activity_on is not null as is_date_only,
    greatest(e.created_at, coalesce(starts_at, {{ end_of_date('activity_on') }}, e.created_at)) as known_at
from {{ ref('stg_salesforce__events') }} as e
left join {{ ref('int_lead_records') }} as p on {{ record_key('salesforce', 'lead', 'e.who_id') }} = p.record_key
where not e.is_deleted and e.who_id is not null
union all by name
select
    m.member_id as activity_id,
    coalesce({{ record_key('salesforce', 'lead', 'm.salesforce_lead_id') }},
        {{ record_key('salesforce', 'contact', 'm.salesforce_contact_id') }}) as record_key,
    'salesforce_campaign_member' as source,
    'salesforce_campaign_member' as object,
    lower(coalesce(c.type, '')) as vendor_type,
    coalesce(m.status, '') as detail,
    cast(m.responded_on as timestamp) as occurred_at,
    true as is_date_only,
    greatest(m.created_at, {{ end_of_date('m.responded_on') }}) as known_at,
    m.campaign_id
from {{ ref('stg_salesforce__campaign_members') }} as m
inner join {{ ref('stg_salesforce__campaigns') }} as c on m.campaign_id = c.campaign_id
where m.has_responded and m.responded_on is not null and not m.is_deleted
union all by name
select
    activity_id,
    {{ record_key('mapped', 'lead', 'mapped_lead_id') }} as record_key,
    'mapped' as source,
    'mapped_activity' as object,
    lower(trim(vendor_type)) as vendor_type,
    coalesce(asset, '') || ' ' || coalesce(page, '') as detail,
    asset as mailing_id,
    page as link,
    occurred_at,
    coalesce(occurred_at_is_date, false) as is_date_only,
    greatest(
        if(occurred_at_is_date, {{ end_of_date('occurred_at') }}, occurred_at),
        if(recorded_at_is_date, {{ end_of_date('recorded_at') }}, recorded_at)
    ) as known_at,
    campaign_id
from {{ ref('stg_mapped__activities') }}
union all by name
-- Of an event only the recipient's address is known. What HubSpot itself filters out is a machine's doing.
select
    e.activity_id,
    p.record_key,
    'hubspot_email_event' as source,
    'hubspot_email_event' as object,
    e.vendor_type,
    coalesce(e.subject, '') || coalesce(' ' || e.subscription_status, '') as detail,
    e.email_campaign_id as mailing_id,
    coalesce(e.url, c.url) as link,
    e.occurred_at,
    false as is_date_only,
    e.occurred_at as known_at,
    e.is_filtered as is_vendor_bot
from {{ ref('stg_hubspot__email_events') }} as e
left join {{ ref('int_email_recipients') }} as p on e.recipient = p.email
left join {{ ref('stg_hubspot__email_event_clicks') }} as c on e.email_event_id = c.email_event_id
union all by name
select
    f.activity_id,
    coalesce({{ record_key('hubspot', 'contact', 'f.hubspot_contact_id') }}, p.record_key) as record_key,
    'hubspot_form_submission' as source,
    'hubspot_form_submission' as object,
    'form' as vendor_type,
    coalesce(f.title, '') || ' ' || coalesce({{ page_path('f.page_url') }}, '') as detail,
    f.occurred_at,
    false as is_date_only,
    f.occurred_at as known_at
from {{ ref('stg_hubspot__form_submissions') }} as f
left join {{ ref('int_email_recipients') }} as p on f.email = p.email
union all by name
-- An engagement is one activity of each contact; a planned one is none before its time.
select
    e.record_id || coalesce(':' || c.hubspot_contact_id, '') as activity_id,
    e.record_id,
    {{ record_key('hubspot', 'contact', 'c.hubspot_contact_id') }} as record_key,
    'hubspot_engagement' as source,
    'hubspot_engagement' as object,
    coalesce(e.vendor_type, '') as vendor_type,
    coalesce(e.title, '') || coalesce(' [' || e.outcome || ']', '') as detail,
    coalesce(e.planned_at, e.created_at) as occurred_at,
    false as is_date_only,
    greatest(e.planned_at, e.created_at) as known_at
from {{ ref('stg_hubspot__engagements') }} as e
left join {{ ref('stg_hubspot__engagement_contacts') }} as c on e.engagement_id = c.engagement_id
where not e.is_deleted and coalesce(e.planned_at, e.created_at) is not null
union all by name
select
    activity_id,
    {{ record_key('pardot', 'prospect', 'pardot_prospect_id') }} as record_key,
    'pardot' as source,
    'pardot_visitor_activity' as object,
    coalesce(vendor_type, '') as vendor_type,
    coalesce(type_name, '') || ' ' || coalesce(details, '') as detail,
    mailing_id,
    details as link,
    occurred_at,
    false as is_date_only,
    occurred_at as known_at,
    campaign_id as program_id
from {{ ref('stg_pardot__visitor_activities') }}
