-- One row per lead, scoring instant and qualification path whose steps and minimums hold at it while nothing but an
-- earlier episode stands in the way.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with recursive
paths as (
    select distinct path_id, steps, is_ordered, min_fit, min_engagement, channel, from_at, to_at from {{ ref('int_path_steps') }}
),

-- An activity serves its step from when it is known until it is too old.
serving as (
    select
        a.*,
        greatest(
            known_at,
            if(is_date_only, {{ end_of_date('occurred_at') }}, occurred_at) + within_days * interval 24 hour + interval 1 microsecond
        ) as too_old_at
    from {{ ref('int_path_activities') }} as a
    {{ of_changed_leads('a') }}
),

turns as (
    select lead_id, segment_number, path_id, place, min_count, known_at as turn_at, 1 as change from serving
    union all
    select lead_id, segment_number, path_id, place, min_count, too_old_at, -1 from serving where within_days is not null
),

step_turns as (
    select lead_id, segment_number, path_id, place, turn_at,
        sum(sum(change)) over (
            partition by lead_id, segment_number, path_id, place order by turn_at rows unbounded preceding
        ) >= min_count as holds
    from turns
    group by lead_id, segment_number, path_id, place, min_count, turn_at
),

path_turns as (
    select lead_id, segment_number, path_id, turn_at,
        sum(sum(change)) over (partition by lead_id, segment_number, path_id order by turn_at rows unbounded preceding) as steps_held
    from (
        select *, cast(holds as integer) - cast(lag(holds, 1, false) over (
            partition by lead_id, segment_number, path_id, place order by turn_at
        ) as integer) as change
        from step_turns
    )
    group by lead_id, segment_number, path_id, turn_at
),

-- Between two turns of a path the same activities serve it; here each step has enough of its own.
stretches as (
    select t.lead_id, t.segment_number, t.path_id, t.turn_at, t.to_at, p.steps, p.is_ordered
    from (
        select *, lead(turn_at, 1, timestamp '9999-12-31') over (partition by lead_id, segment_number, path_id order by turn_at) as to_at
        from path_turns
    ) as t
    inner join paths as p on t.path_id = p.path_id and t.steps_held = p.steps
),

usable as materialized (
    select s.lead_id, s.turn_at, s.path_id, a.place, a.min_count, a.activity_id, a.occurred_at, a.is_date_only
    from stretches as s
    inner join serving as a
        on s.lead_id = a.lead_id
        and s.segment_number = a.segment_number
        and s.path_id = a.path_id
        and a.known_at <= s.turn_at
        and (a.within_days is null or s.turn_at < a.too_old_at)
    where s.is_ordered
),

-- Step by step the earliest activities that are not used yet and not before the last one used by the step before.
walked as (
    select lead_id, segment_number, path_id, turn_at, to_at, steps, 0 as place, cast(null as timestamp) as ended_at,
        false as ended_at_is_date_only, cast([] as varchar[]) as used
    from stretches
    where is_ordered
    union all
    select lead_id, any_value(segment_number), path_id, turn_at, any_value(to_at), any_value(steps), any_value(place),
        arg_max(occurred_at, nth), arg_max(is_date_only, nth), list_concat(any_value(used), list(activity_id))
    from (
        select
            w.lead_id, w.segment_number, w.path_id, w.turn_at, w.to_at, w.steps, w.used,
            u.place, u.min_count, u.activity_id, u.occurred_at, u.is_date_only,
            row_number() over (partition by w.lead_id, w.path_id, w.turn_at order by u.occurred_at, u.activity_id) as nth
        from walked as w
        inner join usable as u
            on w.lead_id = u.lead_id
            and w.turn_at = u.turn_at
            and w.path_id = u.path_id
            and u.place = w.place + 1
            and not list_contains(w.used, u.activity_id)
            and (w.ended_at is null or {{ not_before('u.occurred_at', 'u.is_date_only', 'w.ended_at', 'w.ended_at_is_date_only') }})
        qualify nth <= u.min_count
    )
    group by lead_id, path_id, turn_at
    having count(*) = any_value(min_count)
),

held as (
    select lead_id, segment_number, path_id, turn_at, to_at from stretches where not is_ordered
    union all
    select lead_id, segment_number, path_id, turn_at, to_at from walked where place = steps
)

select h.lead_id, h.segment_number, i.scored_at, h.path_id
from (
    select h.lead_id, h.segment_number, h.path_id, p.channel, p.min_fit, p.min_engagement,
        greatest(h.turn_at, p.from_at) as from_at, least(h.to_at, p.to_at) as to_at
    from held as h
    inner join paths as p on h.path_id = p.path_id
) as h
inner join {{ ref('int_lead_scores') }} as i
    on h.lead_id = i.lead_id
    and h.segment_number = i.segment_number
    and i.scored_at >= h.from_at
    and i.scored_at < h.to_at
    and (h.channel is null or h.channel = i.channel)
    and (h.min_fit is null or {{ meets('i.fit_score', 'h.min_fit') }})
    and (h.min_engagement is null or {{ meets('i.engagement_score', 'h.min_engagement') }})
where i.is_unblocked
