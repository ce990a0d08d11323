-- One row per lead on a mapped opportunity: its newest version known by the as-of day.
select
    opportunity_id,
    lead_id as mapped_lead_id,
    coalesce(is_primary, false) as is_primary,
    created_at
from {{ source('raw', 'mapped_contact_role') }}
{{ newest_version("opportunity_id, lead_id", "created_at") }}
