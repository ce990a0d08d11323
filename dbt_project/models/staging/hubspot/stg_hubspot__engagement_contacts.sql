-- One row per HubSpot engagement and contact it is about; copies of it in several files are one.
select distinct
    engagement_id,
    contact_id as hubspot_contact_id
from {{ source('raw', 'hubspot_engagement_contact') }}
