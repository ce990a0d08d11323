-- One row per lead and period [from_at, to_at) in which a gate of its channel keeps it from becoming an MQL: the gate is
-- in force and no activity of its types is known yet in the segment.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
gates as (
    select distinct gate_number, channel, from_at, to_at from {{ ref('int_channel_gates') }}
),

gated as (
    select p.lead_id, g.gate_number, greatest(p.valid_from, g.from_at) as from_at, least(p.valid_to, g.to_at) as to_at
    from {{ ref('int_lead_profile') }} as p
    {{ of_changed_leads('p') }}
    inner join gates as g on g.channel is null or p.channel = g.channel
),

opened as (
    select a.lead_id, a.segment_number, g.gate_number, min(a.known_at) as opened_at
    from {{ ref('fct_activities') }} as a
    inner join {{ ref('int_channel_gates') }} as g on a.activity_type = g.activity_type
    where not a.is_bot and a.lead_id in (select lead_id from gated)
    group by a.lead_id, a.segment_number, g.gate_number
),

periods as (
    select
        s.lead_id,
        greatest(s.starts_at, p.from_at) as from_at,
        -- least() passes over what has no end
        least(s.ends_at, p.to_at, o.opened_at) as to_at
    from gated as p
    inner join {{ ref('int_lead_segments') }} as s on p.lead_id = s.lead_id
    left join opened as o
        on s.lead_id = o.lead_id and s.segment_number = o.segment_number and p.gate_number = o.gate_number
)

select lead_id, 'gate' as reason, from_at, to_at
from periods
where from_at < to_at
