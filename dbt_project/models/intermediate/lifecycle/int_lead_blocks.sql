-- One row per lead and period [from_at, to_at) in which it can't become an MQL: customer, disqualified, or an
-- opportunity open.
with
-- Evidence of the same stage again changes nothing.
changes as (
    select lead_id, stage, known_at, entered_at, tie_order
    from {{ ref('int_stage_evidence') }}
    qualify stage is distinct from lag(stage) over (partition by lead_id order by known_at, entered_at, tie_order)
),

entries as (
    select lead_id, stage, known_at,
        lead(known_at) over (partition by lead_id order by known_at, entered_at, tie_order) as next_known_at
    from changes
)

select lead_id, stage as reason, known_at as from_at, next_known_at as to_at
from entries
where stage in ('customer', 'disqualified')
union all
-- after a won opportunity a lead stays customer
select lead_id, 'customer', min(known_at), cast(null as timestamp)
from {{ ref('int_opportunity_states') }}
where lead_id is not null and state = 'won'
group by lead_id
union all
select lead_id, 'open opportunity', from_at, to_at
from (
    select lead_id, state, known_at as from_at,
        lead(known_at) over (partition by opportunity_id order by known_at, tie_order) as to_at
    from {{ ref('int_opportunity_states') }}
    where lead_id is not null
)
where state = 'open'
