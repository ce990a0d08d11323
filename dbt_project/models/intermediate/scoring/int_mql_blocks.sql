-- One row per lead and period [from_at, to_at) in which it can't become an MQL: by its stage, an open opportunity or a gate.
select lead_id, reason, from_at, to_at from {{ ref('int_lead_blocks') }}
union all
select lead_id, reason, from_at, to_at from {{ ref('int_gate_blocks') }}
