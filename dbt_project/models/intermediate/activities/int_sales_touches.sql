-- One row per call or meeting that is logged for a lead: how sales answers a hand-off.
select activity_id, lead_id, occurred_at, is_date_only
from {{ ref('int_activities') }}
where {{ is_sales_touch('activity_type') }}
