-- One row per Marketo activity (its GUID); copies of it in several files are one.
select
    marketoGUID as activity_id,
    leadId as marketo_lead_id,
    activityDate as occurred_at,
    cast(activityTypeId as varchar) as vendor_type,
    primaryAttributeValueId as asset_id,
    primaryAttributeValue as asset,
    attributes
from {{ source('raw', 'marketo_activity') }}
qualify row_number() over (partition by marketoGUID order by activityDate, _content, _file_hash, _record) = 1
