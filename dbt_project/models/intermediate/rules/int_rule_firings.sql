-- One row per scoring rule or path that has ever fired: how often, when last, and how much came after the outcome it should predict.
with
-- The segments whose episode has an outcome, and when that was.
decided as (
    select e.lead_id, s.starts_at, s.ends_at, e.outcome_at, coalesce(o.is_date_only, false) as is_date_only
    from {{ ref('fct_mql_episodes') }} as e
    inner join {{ ref('int_lead_segments') }} as s on e.lead_id = s.lead_id and e.segment_number = s.segment_number
    left join {{ ref('int_segment_entries') }} as o
        on e.lead_id = o.lead_id and e.segment_number = o.segment_number and e.outcome = o.stage and e.outcome_at = o.entered_at
    where e.outcome_at is not null
    qualify row_number() over (partition by e.lead_id, e.segment_number order by e.outcome_at, e.episode_number) = 1
),

activities as (
    select
        a.rule_id,
        a.lead_id,
        a.occurred_at,
        a.points,
        d.lead_id is not null as is_decided,
        coalesce(not {{ not_before('d.outcome_at', 'd.is_date_only', 'a.known_at', 'false') }}, false) as is_after_outcome
    from {{ ref('fct_activities') }} as a
    left join decided as d
        on a.lead_id = d.lead_id and a.known_at >= d.starts_at and (d.ends_at is null or a.known_at < d.ends_at)
    where a.points <> 0
)

select
    rule_id,
    count(distinct lead_id) as leads_fired,
    count(*) as times_fired,
    {{ exact_sum('points') }} as points_given,
    max(occurred_at) as last_fired_at,
    {{ exact_sum('if(is_decided, points, 0)') }} as points_with_outcome,
    {{ exact_sum('if(is_after_outcome, points, 0)') }} as points_after_outcome
from activities
group by rule_id

union all

select
    rule_id,
    count(distinct lead_id),
    count(*) filter (where valid_to is null),
    {{ exact_sum('if(valid_to is null, points, 0)') }},
    max(least(valid_to, {{ as_of_end() }} - interval 1 microsecond)),
    null,
    null
from {{ ref('int_lead_fit_rules') }}
group by rule_id

union all

select 'path:' || path_id, count(distinct lead_id), count(distinct (lead_id, segment_number)), null, max(scored_at), null, null
from {{ ref('int_path_candidates') }}
group by path_id
