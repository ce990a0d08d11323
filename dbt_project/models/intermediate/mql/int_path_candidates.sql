-- One row per lead, scoring instant and qualification path whose steps and minimums hold at it while nothing but an
-- earlier episode stands in the way.
with recursive
paths as (
    select distinct path_id, steps, is_ordered, min_fit, min_engagement, channel, from_at, to_at from {{ ref('int_path_steps') }}
),

-- An activity serves its step from when it is known until it is too old; +1 and -1 at the ends of these stretches.
turns as (
    select lead_id, segment_number, path_id, place, min_count, known_at as turn_at, 1 as change
    from {{ ref('int_path_activities') }}
    union all
    select lead_id, segment_number, path_id, place, min_count,
        greatest(
            known_at,
            if(is_date_only, {{ end_of_date('occurred_at') }}, occurred_at) + within_days * interval 24 hour + interval 1 microsecond
        ),
        -1
    from {{ ref('int_path_activities') }}
    where within_days is not null
),

step_turns as (
    select lead_id, segment_number, path_id, place, min_count, turn_at,
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
    where change <> 0
    group by lead_id, segment_number, path_id, turn_at
),

-- Stretches in which every step has enough activities of its own, while the path is in force.
stretches as (
    select t.lead_id, t.segment_number, p.*, greatest(t.turn_at, p.from_at) as held_from_at, least(t.to_at, p.to_at) as held_to_at
    from (
        select *, lead(turn_at, 1, timestamp '9999-12-31') over (partition by lead_id, segment_number, path_id order by turn_at) as to_at
        from path_turns
    ) as t
    inner join paths as p on t.path_id = p.path_id and t.steps_held = p.steps
),

instants as (
    select r.lead_id, r.segment_number, i.scored_at, r.path_id, r.steps, r.is_ordered
    from stretches as r
    inner join {{ ref('int_lead_scores') }} as i
        on r.lead_id = i.lead_id
        and r.segment_number = i.segment_number
        and i.scored_at >= r.held_from_at
        and i.scored_at < r.held_to_at
        and (r.channel is null or r.channel = i.channel)
        and (r.min_fit is null or i.fit_score >= r.min_fit - 1e-9)
        and (r.min_engagement is null or i.engagement_score >= r.min_engagement - 1e-9)
    where i.is_unblocked
),

usable as materialized (
    select i.*, a.place, a.min_count, a.activity_id, a.occurred_at, a.is_date_only
    from instants as i
    inner join {{ ref('int_path_activities') }} as a
        on i.lead_id = a.lead_id
        and i.segment_number = a.segment_number
        and i.path_id = a.path_id
        and a.known_at <= i.scored_at
        and (
            a.within_days is null
            or {{ not_before('a.occurred_at', 'a.is_date_only', "(i.scored_at - a.within_days * interval 24 hour)", 'false') }}
        )
    where i.is_ordered
),

-- Step by step the earliest activities that are not used yet and not before the last one used by the step before.
walked as (
    select distinct lead_id, segment_number, scored_at, path_id, steps, 0 as place, cast(null as timestamp) as ended_at,
        false as ended_at_is_date_only, cast([] as varchar[]) as used
    from usable
    union all
    select lead_id, segment_number, scored_at, path_id, any_value(steps), any_value(place), arg_max(occurred_at, turn),
        arg_max(is_date_only, turn), list_concat(any_value(used), list(activity_id))
    from (
        select
            w.lead_id, w.segment_number, w.scored_at, w.path_id, w.steps, u.place, w.used, u.min_count, u.activity_id,
            u.occurred_at, u.is_date_only,
            row_number() over (
                partition by w.lead_id, w.scored_at, w.path_id order by u.occurred_at, u.activity_id
            ) as turn
        from walked as w
        inner join usable as u
            on w.lead_id = u.lead_id
            and w.scored_at = u.scored_at
            and w.path_id = u.path_id
            and u.place = w.place + 1
            and not list_contains(w.used, u.activity_id)
            and (w.ended_at is null or {{ not_before('u.occurred_at', 'u.is_date_only', 'w.ended_at', 'w.ended_at_is_date_only') }})
        qualify turn <= u.min_count
    )
    group by lead_id, segment_number, scored_at, path_id
    having count(*) = any_value(min_count)
)

select lead_id, segment_number, scored_at, path_id
from instants
where not is_ordered
union all
select lead_id, segment_number, scored_at, path_id
from walked
where place = steps
