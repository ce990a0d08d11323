-- One row per Pardot opportunity: its newest version known by the as-of day.
select
    {{ record_key('pardot', 'opportunity', 'id') }} as opportunity_id,
    {{ clean_text('name') }} as name,
    campaign_id,
    crm_opportunity_fid as salesforce_opportunity_id,
    value as amount,
    {{ clean_text('stage') }} as stage,
    {{ clean_text('status') }} as status,
    closed_at,
    coalesce(is_deleted, false) as is_deleted,
    created_at,
    coalesce(updated_at, created_at) as modified_at
from {{ source('raw', 'pardot_opportunity') }}
{{ newest_version("id", "coalesce(updated_at, created_at)", is_deleted="is_deleted") }}
