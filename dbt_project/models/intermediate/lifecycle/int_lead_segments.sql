-- One row per lead and stretch [starts_at, ends_at) of its life between resets; the first starts with the first thing known.
with
first_known as (
    select lead_id, min(known_at) as starts_at
    from (
        select lead_id, created_at as known_at from {{ ref('int_leads') }}
        union all
        select lead_id, known_at from {{ ref('int_activities') }}
        union all
        select lead_id, known_at from {{ ref('int_stage_evidence') }}
    )
    group by lead_id
),

starts as (
    select lead_id, starts_at, cast(null as varchar) as reset_reason from first_known
    union all
    select r.lead_id, r.starts_at, r.reset_reason
    from {{ ref('int_lead_resets') }} as r
    inner join first_known as f on r.lead_id = f.lead_id and r.starts_at > f.starts_at
)

select
    lead_id,
    cast(row_number() over life as integer) as segment_number,
    starts_at,
    lead(starts_at) over life as ends_at,
    reset_reason
from starts
window life as (partition by lead_id order by starts_at)
