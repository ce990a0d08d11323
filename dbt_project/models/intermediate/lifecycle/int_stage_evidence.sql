-- One row per piece of evidence that a lead entered a stage: of every record and stage its history rows, else its dates, else
-- its current value (inferred).
with
ranked as (
    select *,
        {{ stage_rank('stage') }} as rank,
        case basis when 'history' then 1 when 'date' then 2 else 3 end as weight,
        bool_or(basis = 'current') over (partition by record_key, stage) as is_current_stage
    from {{ ref('int_stage_signals') }}
),

-- A field whose changes are logged says by them since when it has its value.
evidence as (
    select *
    from ranked
    where not is_logged
    qualify is_own_event or weight = min(weight) over (partition by lead_id, record_key, stage)
),

-- At its record's last instant the current stage goes last; else stages follow the order of the funnel.
placed as (
    select *,
        max(rank) over (partition by record_key, known_at, entered_at) as highest_rank,
        is_current_stage and known_at = max(known_at) over (partition by record_key) as goes_last
    from evidence
)

select
    lead_id,
    stage,
    entered_at,
    is_date_only,
    known_at,
    if(goes_last and rank < highest_rank, 10 * highest_rank + rank, 10 * rank) as tie_order,
    source,
    field,
    record_key,
    basis,
    follows_clearing,
    basis = 'current' as is_inferred,
    reason
from placed
