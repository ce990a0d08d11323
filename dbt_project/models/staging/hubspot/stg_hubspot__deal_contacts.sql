-- One row per HubSpot deal and contact associated with it; copies of it in several files are one.
select distinct
    {{ record_key('hubspot', 'deal', 'deal_id') }} as opportunity_id,
    contact_id as hubspot_contact_id
from {{ source('raw', 'hubspot_deal_contact') }}
