-- One row per MQL episode: what its score was made of, each part as it stood when the episode began; they sum to the score.
with
fit_parts as (
    select e.lead_id, e.episode_number, r.rule_id, cast(null as varchar) as activity_id, cast(null as timestamp) as occurred_at,
        cast(r.points as double) as points
    from {{ ref('int_mql_starts') }} as e
    inner join {{ ref('int_lead_fit_rules') }} as r
        on e.lead_id = r.lead_id and e.mql_at >= r.valid_from and (r.valid_to is null or e.mql_at < r.valid_to)
),

activity_parts as (
    select e.lead_id, e.episode_number, a.rule_id, a.activity_id, a.occurred_at,
        a.points * if(a.half_life_days is null, 1, pow(2.0, -{{ days_between('a.occurred_at', 'e.mql_at') }} / a.half_life_days))
            as points
    from {{ ref('int_mql_starts') }} as e
    inner join {{ ref('int_scored_activities') }} as a
        on e.lead_id = a.lead_id and e.segment_number = a.segment_number and a.known_at <= e.mql_at and a.points <> 0
),

-- Engagement never falls below 0: what lifts a negative sum is a part of its own.
floors as (
    select lead_id, episode_number, 'floor' as rule_id, cast(null as varchar) as activity_id, cast(null as timestamp) as occurred_at,
        -sum(points) as points
    from activity_parts
    group by lead_id, episode_number
    having sum(points) < 0
)

select
    lead_id,
    episode_number,
    list({'rule_id': rule_id, 'activity_id': activity_id, 'occurred_at': occurred_at, 'points': points}
        order by points desc, occurred_at, rule_id, activity_id) as reasons
from (
    select * from fit_parts
    union all
    select * from activity_parts
    union all
    select * from floors
)
group by lead_id, episode_number
