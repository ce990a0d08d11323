-- One row per lead and period [valid_from, valid_to) in which neither its attributes nor the rules on them changed; before
-- the first known attributes, a period with none of them where something was known of the lead earlier.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
periods as (
    select lead_id, valid_from, valid_to, email, {{ scored_attributes() | join(', ') }}
    from {{ ref('int_lead_history') }} as h
    {{ of_changed_leads('h') }}
    union all by name
    select s.lead_id, s.starts_at as valid_from, min(h.valid_from) as valid_to
    from {{ ref('int_lead_segments') }} as s
    {{ of_changed_leads('s') }}
    inner join {{ ref('int_lead_history') }} as h on s.lead_id = h.lead_id
    where s.segment_number = 1
    group by s.lead_id, s.starts_at
    having min(h.valid_from) > s.starts_at
),

cuts as (
    select lead_id, valid_from as cut_at from periods
    union
    select p.lead_id, b.boundary
    from periods as p
    inner join {{ ref('int_profile_boundaries') }} as b
        on b.boundary > p.valid_from and (p.valid_to is null or b.boundary < p.valid_to)
)

select
    p.* exclude (valid_from, valid_to),
    c.cut_at as valid_from,
    lead(c.cut_at) over (partition by c.lead_id order by c.cut_at) as valid_to
from cuts as c
inner join periods as p
    on c.lead_id = p.lead_id and c.cut_at >= p.valid_from and (p.valid_to is null or c.cut_at < p.valid_to)
