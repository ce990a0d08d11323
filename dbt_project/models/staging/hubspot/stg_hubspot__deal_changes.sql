-- One row per logged change of a HubSpot deal's property; copies of it in several files are one.
select
    {{ record_key('hubspot', 'deal', 'deal_id') }} as opportunity_id,
    case lower(trim(name)) when 'deal stage' then 'dealstage' else trim(name) end as field,
    {{ clean_text('value') }} as value,
    "timestamp" as changed_at,
    {{ property_change_id('deal_id') }} as change_id
from {{ source('raw', 'hubspot_deal_property_history') }}
{{ newest_version("change_id", '"timestamp"') }}
