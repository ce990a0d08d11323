-- One row per MQL episode and scoring rule in its reasons, or path it qualified by: whether it became MQL only because of it.
with
reasons as (
    select mql_episode_id, unnest(reasons, max_depth := 2) from {{ ref('fct_mql_episodes') }}
),

parts as (
    select
        mql_episode_id,
        rule_id,
        coalesce(sum(points) filter (where activity_id is null), 0) as fit_points,
        coalesce(sum(points) filter (where activity_id is not null), 0) as engagement_points,
        coalesce(max(points) filter (where activity_id is not null), 0) > 0 as is_engaging
    from reasons
    group by mql_episode_id, rule_id
),

open_rules as (
    select distinct rule_id from {{ ref('int_scoring_rules') }} where kind <> 'fit' and field = 'email_open'
),

-- What the engagement sum was before it was lifted to 0, and whether nothing but opens added to it.
sums as (
    select
        p.mql_episode_id,
        sum(p.engagement_points) as engagement_points,
        coalesce(bool_and(o.rule_id is not null) filter (where p.is_engaging), false) as is_by_opens_only
    from parts as p
    left join open_rules as o on p.rule_id = o.rule_id
    group by p.mql_episode_id
),

without_it as (
    select
        p.mql_episode_id,
        p.rule_id,
        e.lead_id,
        e.qualified_by = 'score' as is_by_score,
        e.threshold_at_mql,
        t.min_fit,
        t.min_engagement,
        e.fit_score_at_mql - p.fit_points as fit_score,
        greatest(0, s.engagement_points - p.engagement_points) as engagement_score,
        s.is_by_opens_only and o.rule_id is not null and p.is_engaging as is_by_opens_only
    from parts as p
    inner join sums as s on p.mql_episode_id = s.mql_episode_id
    inner join {{ ref('fct_mql_episodes') }} as e on p.mql_episode_id = e.mql_episode_id
    left join open_rules as o on p.rule_id = o.rule_id
    left join {{ ref('int_lead_standing') }} as t
        on e.lead_id = t.lead_id and e.mql_at >= t.from_at and e.mql_at < t.to_at
    where p.rule_id <> 'floor'
),

path_counts as (
    select lead_id, scored_at, count(*) as paths from {{ ref('int_path_candidates') }} group by lead_id, scored_at
)

select
    mql_episode_id,
    rule_id,
    lead_id,
    is_by_score,
    is_by_score and not (
        {{ meets('fit_score + engagement_score', 'threshold_at_mql') }}
        and coalesce({{ meets('fit_score', 'min_fit') }}, true)
        and coalesce({{ meets('engagement_score', 'min_engagement') }}, true)
    ) as is_tipped_over,
    is_by_opens_only
from without_it

union all

-- Without its path it would not have become MQL then, unless another path held as well.
select e.mql_episode_id, e.qualified_by, e.lead_id, false, c.paths = 1, false
from {{ ref('fct_mql_episodes') }} as e
inner join path_counts as c on e.lead_id = c.lead_id and e.mql_at = c.scored_at
where e.qualified_by like 'path:%'
