-- One row per HubSpot deal and company associated with it; copies of it in several files are one.
select distinct
    {{ record_key('hubspot', 'deal', 'deal_id') }} as opportunity_id,
    company_id as account_id
from {{ source('raw', 'hubspot_deal_company') }}
