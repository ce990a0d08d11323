-- One row per activity, with its segment, the rule in force when it occurred and the points it earned before decay.
with
ruled as (
    select
        a.activity_id, a.lead_id, a.activity_type, a.occurred_at, a.known_at, a.is_date_only, a.channel, a.campaign_id,
        s.segment_number,
        b.activity_id is not null as is_bot,
        r.rule_id, r.points, r.half_life_days, r.max_count, r.window_days, r.is_marketing,
        {{ local_date('a.occurred_at', 'a.is_date_only') }} as occurred_on
    from {{ ref('int_activities') }} as a
    inner join {{ ref('int_lead_segments') }} as s
        on a.lead_id = s.lead_id and a.known_at >= s.starts_at and (s.ends_at is null or a.known_at < s.ends_at)
    left join {{ ref('int_bot_activities') }} as b on a.activity_id = b.activity_id
    left join {{ ref('int_scoring_rules') }} as r
        on a.activity_type = r.field
        and r.kind in ('engagement', 'negative')
        and a.occurred_at >= r.valid_from_at
        and a.occurred_at < r.valid_to_at
),

-- A cap counts the activities of all versions of a rule, in the windows of the version in force for the one judged.
rule_windows as (
    select distinct rule_id, window_days from {{ ref('int_scoring_rules') }} where kind in ('engagement', 'negative')
),

ranked as (
    select
        r.*,
        w.window_days as cap_window_days,
        row_number() over (
            partition by r.lead_id, r.segment_number, r.rule_id, w.window_days, {{ whole_windows('r.occurred_on', 'w.window_days') }},
                r.is_bot
            order by r.known_at, r.occurred_at, r.activity_id
        ) as place
    from ruled as r
    left join rule_windows as w on r.rule_id = w.rule_id
)

select
    activity_id, lead_id, segment_number, activity_type, occurred_at, known_at, is_date_only, channel, campaign_id, is_bot,
    rule_id, half_life_days, is_marketing,
    cast(if(not is_bot and rule_id is not null and (max_count is null or place <= max_count), points, 0) as double) as points
from ranked
where cap_window_days is not distinct from window_days
