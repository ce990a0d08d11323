-- One row per lead and stretch [starts_at, ends_at) of its life between resets.
select lead_id, segment_number, starts_at, ends_at, reset_reason
from {{ ref('int_lead_segments') }}
