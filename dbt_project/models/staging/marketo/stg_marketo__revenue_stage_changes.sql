-- One row per Marketo activity (its GUID) that moved a person in the revenue cycle (types 101 and 102); copies of it are one.
select
    marketoGUID as activity_id,
    leadId as marketo_lead_id,
    {{ clean_text("coalesce(attributes ->> 'Old Stage', attributes ->> 'old_stage')") }} as old_stage,
    {{ clean_text("coalesce(attributes ->> 'New Stage', attributes ->> 'new_stage')") }} as new_stage,
    activityDate as changed_at
from {{ source('raw', 'marketo_activity') }}
where activityTypeId in (101, 102)
qualify row_number() over (partition by marketoGUID order by activityDate, _content, _file_hash, _record) = 1
