-- One row per Pardot opportunity and prospect on it; copies of it in several files are one.
select distinct
    {{ record_key('pardot', 'opportunity', 'opportunity_id') }} as opportunity_id,
    prospect_id as pardot_prospect_id
from {{ source('raw', 'pardot_opportunity_prospect') }}
