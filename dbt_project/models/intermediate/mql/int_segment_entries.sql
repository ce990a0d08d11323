-- One row per stage entry and segment with starts_at <= known_at <= ends_at: the reset that ends a segment can be the
-- outcome of its episode, so an entry at a reset stands in both segments.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
select e.lead_id, s.segment_number, e.stage, e.entered_at, e.is_date_only, e.known_at, e.reason
from {{ ref('int_stage_entries') }} as e
{{ of_changed_leads('e') }}
inner join {{ ref('int_lead_segments') }} as s
    on e.lead_id = s.lead_id and e.known_at >= s.starts_at and (s.ends_at is null or e.known_at <= s.ends_at)
