-- One row per merge of two HubSpot contacts (merge audit).
select
    canonical_vid as hubspot_contact_id,
    vid_to_merge as merged_contact_id,
    timestamp as merged_at
from {{ source('raw', 'hubspot_contact_merge') }}
{{ newest_version("canonical_vid, vid_to_merge", "timestamp") }}
