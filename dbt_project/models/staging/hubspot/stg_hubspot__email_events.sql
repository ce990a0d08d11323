-- One row per HubSpot e-mail event; copies of it in several files are one.
select
    {{ record_key('hubspot', 'email_event', 'id') }} as activity_id,
    id as email_event_id,
    lower(trim(type)) as vendor_type,
    {{ clean_email('recipient') }} as recipient,
    emailCampaignId as email_campaign_id,
    {{ clean_text('subject') }} as subject,
    {{ clean_text('url') }} as url,
    coalesce(_extra ->> '$.portalSubscriptionStatus', _extra ->> '$.portal_subscription_status') as subscription_status,
    coalesce(filteredEvent, false) as is_filtered,
    created as occurred_at
from {{ source('raw', 'hubspot_email_event') }}
qualify row_number() over (partition by id order by created, _content, _file_hash, _record) = 1
