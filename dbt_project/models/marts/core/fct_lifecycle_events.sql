-- One row per lead and stage entry.
select
    lead_id,
    segment_number,
    stage,
    entered_at,
    lead(entered_at) over (partition by lead_id order by entered_at, tie_order, known_at) as exited_at,
    source,
    is_inferred,
    is_date_only,
    known_at
from {{ ref('int_stage_entries') }}
