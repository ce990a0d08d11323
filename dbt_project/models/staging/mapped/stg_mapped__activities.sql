-- One row per mapped activity: its newest version known by the as-of day.
select
    activity_id,
    lead_id as mapped_lead_id,
    activity_type as vendor_type,
    asset,
    page,
    campaign_id,
    occurred_at,
    occurred_at_is_date,
    recorded_at,
    recorded_at_is_date
from {{ source('raw', 'mapped_activity') }}
{{ newest_version("activity_id", "coalesce(recorded_at, occurred_at)") }}
