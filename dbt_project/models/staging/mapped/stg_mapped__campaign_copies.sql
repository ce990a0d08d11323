-- One row per copy of a mapped campaign in the extracts; copies with one stamp are one version.
select
    campaign_id,
    name,
    type,
    channel,
    cost,
    starts_at,
    ends_at,
    created_at,
    -- It has no stamp of its own: a version is as old as the first extract that is known to hold it.
    coalesce(_extracted_at, created_at) as versioned_at,
    _extracted_at,
    _content,
    _file_hash,
    _record
from {{ source('raw', 'mapped_campaign') }}
