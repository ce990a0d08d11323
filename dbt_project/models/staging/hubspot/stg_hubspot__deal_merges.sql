-- One row per HubSpot deal and deal that was merged into it; copies of it in several files are one.
select distinct
    {{ record_key('hubspot', 'deal', 'deal_id') }} as opportunity_id,
    {{ record_key('hubspot', 'deal', 'merged_deal_id') }} as merged_opportunity_id
from {{ source('raw', 'hubspot_deal_merge') }}
