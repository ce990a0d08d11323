-- One row per step of a path and activity that can serve it, in the segments that have enough activities for every step;
-- ready_at is when that was first so.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
serving as (
    select a.lead_id, a.segment_number, s.path_id, s.place, s.steps, s.min_count, s.within_days, a.activity_id, a.occurred_at,
        a.is_date_only, a.known_at
    from {{ ref('fct_activities') }} as a
    {{ of_changed_leads('a') }}
    inner join (select *, unnest(activity_types) as activity_type from {{ ref('int_path_steps') }}) as s
        on a.activity_type = s.activity_type
    where not a.is_bot
),

enough as (
    select lead_id, segment_number, path_id, place, steps, known_at as enough_at
    from serving
    qualify row_number() over (partition by lead_id, segment_number, path_id, place order by known_at, activity_id) = min_count
),

ready as (
    select lead_id, segment_number, path_id, max(enough_at) as ready_at
    from enough
    group by lead_id, segment_number, path_id, steps
    having count(*) = steps
)

select s.* exclude (steps), r.ready_at
from serving as s
inner join ready as r on s.lead_id = r.lead_id and s.segment_number = r.segment_number and s.path_id = r.path_id
