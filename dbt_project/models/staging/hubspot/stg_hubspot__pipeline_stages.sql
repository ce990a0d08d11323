-- One row per stage of a HubSpot pipeline: its newest version known by the as-of day.
select
    stage_id,
    pipeline_id,
    {{ clean_text('label') }} as label,
    probability,
    is_closed,
    closed_won as is_won
from {{ source('raw', 'hubspot_pipeline_stage') }}
{{ newest_version("stage_id", "coalesce(updated_at, created_at)") }}
