-- One row per lead and instant at which a new segment of its life begins: recycled, its opportunity lost, re-opened after
-- a disqualification (any next stage entry).
with
entries as (
    select lead_id, stage, entered_at, known_at,
        lag(stage) over (partition by lead_id order by known_at, entered_at, tie_order) as previous_stage
    from {{ ref('int_stage_evidence') }}
),

resets as (
    select lead_id, known_at as starts_at, 'recycled' as reset_reason, 1 as precedence
    from entries
    where stage = 'recycled' and stage is distinct from previous_stage
    union all
    select lead_id, known_at, 'lost', 2 from {{ ref('int_opportunity_states') }} where lead_id is not null and state = 'lost'
    union all
    select lead_id, known_at, 'reopened', 3
    from entries
    where previous_stage = 'disqualified' and stage <> 'disqualified'
)

select lead_id, starts_at, arg_min(reset_reason, precedence) as reset_reason
from resets
group by lead_id, starts_at
