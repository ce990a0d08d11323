-- One row per copy of a Pardot campaign in the extracts; copies with one stamp are one version.
select
    id as campaign_id,
    {{ clean_text('name') }} as name,
    cost,
    salesforce_id as salesforce_campaign_id,
    created_at,
    coalesce(updated_at, created_at) as versioned_at,
    _extracted_at,
    _content,
    _file_hash,
    _record
from {{ source('raw', 'pardot_campaign') }}
