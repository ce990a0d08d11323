-- One row per copy of a Marketo program in the extracts; copies with one stamp are one version.
select
    id as program_id,
    {{ clean_text('name') }} as name,
    {{ clean_text('channel') }} as marketo_channel,
    {{ clean_text('type') }} as type,
    sfdcId as salesforce_campaign_id,
    cost,
    createdAt as created_at,
    coalesce(updatedAt, createdAt) as versioned_at,
    _extracted_at,
    _content,
    _file_hash,
    _record
from {{ source('raw', 'marketo_program') }}
