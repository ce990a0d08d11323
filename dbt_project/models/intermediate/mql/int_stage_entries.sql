-- One row per lead and stage entry, own or implied by a later stage, with the segment of the lead's life it belongs to.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
entries as (
    select l.lead_id, 'lead' as stage, created_at as entered_at, created_at_is_date as is_date_only,
        if(created_at_is_date, {{ end_of_date('created_at') }}, created_at) as known_at,
        10 * {{ stage_rank("'lead'") }} as tie_order, 'record' as source, false as is_inferred, cast(null as varchar) as reason
    from {{ ref('int_leads') }} as l
    {{ of_changed_leads('l') }}
    union all by name
    select e.lead_id, e.stage, e.entered_at, e.is_date_only, e.known_at, e.tie_order, e.source, e.is_inferred, e.reason
    from {{ ref('int_stage_evidence') }} as e
    {{ of_changed_leads('e') }}
    union all by name
    -- A later stage implies sql and opportunity.
    select e.lead_id, implied.stage, e.entered_at, e.is_date_only, e.known_at, 10 * {{ stage_rank('implied.stage') }} as tie_order, e.source,
        true as is_inferred, e.reason
    from {{ ref('int_stage_evidence') }} as e
    {{ of_changed_leads('e') }}
    inner join (values ('sql', 'opportunity'), ('sql', 'customer'), ('opportunity', 'customer')) as implied (stage, by_stage)
        on e.stage = implied.by_stage
),

lives as (
    select *, lead(reset_reason) over (partition by lead_id order by segment_number) as end_reason
    from {{ ref('int_lead_segments') }}
),

-- The reset that ends a segment belongs to it, and so does a step known at that very instant (a conversion and a lost deal of one
-- day): both lie in both, and the step was not taken anew. What re-opens a lead belongs to the segment it starts. A recycling
-- that ends no segment repeats the one before it.
placed as (
    select e.*, s.segment_number
    from entries as e
    inner join lives as s
        on e.lead_id = s.lead_id
        and case
            when e.stage = 'recycled' then e.known_at = s.ends_at or (s.segment_number = 1 and e.known_at = s.starts_at)
            when e.stage = 'disqualified'
                then (e.known_at > s.starts_at or s.segment_number = 1) and (s.ends_at is null or e.known_at <= s.ends_at)
            when e.stage in ('sql', 'opportunity', 'customer')
                then (e.known_at > s.starts_at or (e.known_at = s.starts_at and coalesce(s.reset_reason, 'reopened') = 'reopened'))
                    and (s.ends_at is null or e.known_at < s.ends_at or (e.known_at = s.ends_at and s.end_reason != 'reopened'))
            else e.known_at >= s.starts_at and (s.ends_at is null or e.known_at < s.ends_at)
        end
),

-- Reaching sql, opportunity or customer counts once a segment, at the earliest evidence; the others when they change.
ordered as (
    select *,
        row_number() over (partition by lead_id, segment_number, stage order by entered_at, is_inferred, known_at, source) as place,
        lag(stage) over (partition by lead_id, segment_number order by entered_at, tie_order, is_inferred, known_at, source)
            as previous_stage
    from placed
)

select lead_id, segment_number, stage, entered_at, is_date_only, known_at, tie_order, source, is_inferred, reason
from ordered
where if(stage in ('lead', 'sql', 'opportunity', 'customer'), place = 1, stage is distinct from previous_stage)
qualify row_number() over (partition by lead_id, stage, entered_at order by is_inferred, known_at, source) = 1
