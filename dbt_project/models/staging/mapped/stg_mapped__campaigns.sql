-- One row per mapped campaign: its newest version known by the as-of day.
select
    campaign_id,
    name,
    type,
    channel,
    cost,
    starts_at,
    ends_at,
    created_at
from {{ source('raw', 'mapped_campaign') }}
{{ newest_version("campaign_id", "created_at") }}
