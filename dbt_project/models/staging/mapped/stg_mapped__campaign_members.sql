-- One row per lead in a mapped campaign: its newest version known by the as-of day.
select
    campaign_id,
    lead_id as mapped_lead_id,
    status,
    coalesce(has_responded, responded_at is not null) as has_responded,
    created_at,
    created_at_is_date,
    responded_at,
    responded_at_is_date
from {{ source('raw', 'mapped_campaign_member') }}
{{ newest_version("campaign_id, lead_id", "coalesce(responded_at, created_at)") }}
