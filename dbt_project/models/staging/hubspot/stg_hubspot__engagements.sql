-- One row per HubSpot engagement (call, meeting, e-mail, note, task): its newest version known by the as-of day.
select
    {{ record_key('hubspot', 'engagement', 'id') }} as record_id,
    id as engagement_id,
    lower(trim(type)) as vendor_type,
    {{ clean_text('title') }} as title,
    {{ clean_text('outcome') }} as outcome,
    coalesce(archived, false) as is_deleted,
    hs_timestamp as planned_at,
    hs_createdate as created_at
from {{ source('raw', 'hubspot_engagement') }}
{{ newest_version("id", "coalesce(hs_lastmodifieddate, hs_createdate)", is_deleted="archived") }}
