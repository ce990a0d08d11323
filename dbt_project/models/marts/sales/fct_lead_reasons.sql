-- One row per lead and reason: what the lead score at the end of the as-of day is made of.
with
leads as (
    {{ newest_segments() }}
),

parts as (
    {{ score_parts('leads', 'at', ['lead_id']) }}
)

select
    lead_id,
    cast(row_number() over (partition by lead_id order by points desc, occurred_at, rule_id, activity_id) as integer) as rank,
    rule_id,
    activity_id,
    occurred_at,
    points
from parts
-- what has decayed to nothing is no reason
where abs(points) >= 1e-12
