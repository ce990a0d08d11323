-- One row per lead and scoring instant: scores, the threshold of the lead's channel, and whether anything but an earlier
-- episode keeps the lead from becoming an MQL.
with
versions as (
    select valid_from_at as from_at, max(valid_from) as version from {{ ref('int_scoring_rules') }} group by valid_from_at
),

profiled as (
    select i.*, p.channel, coalesce(p.fit_score, 0) as fit_score, coalesce(p.is_excluded, false) as is_excluded
    from {{ ref('int_score_instants') }} as i
    asof left join {{ ref('int_lead_profile') }} as p on i.lead_id = p.lead_id and i.scored_at >= p.valid_from
),

scored as (
    select
        p.*,
        {{ engagement_at('p', 'p.scored_at') }} as engagement_score,
        {{ engagement_at('p', 'p.scored_at', marketing_only=true) }} as marketing_engagement_score,
        coalesce(c.threshold, g.threshold) as threshold,
        if(c.threshold is null, g.min_fit, c.min_fit) as min_fit,
        if(c.threshold is null, g.min_engagement, c.min_engagement) as min_engagement
    from profiled as p
    left join {{ ref('int_thresholds') }} as g
        on g.segment = 'global' and p.scored_at >= g.from_at and p.scored_at < g.to_at
    left join {{ ref('int_thresholds') }} as c
        on p.channel = c.segment and c.segment <> 'global' and p.scored_at >= c.from_at and p.scored_at < c.to_at
)

select
    s.*,
    s.fit_score + s.engagement_score as lead_score,
    s.fit_score + s.marketing_engagement_score as marketing_score,
    coalesce(strftime((select max(v.version) from versions as v where v.from_at <= s.scored_at), '%Y-%m-%d'), 'initial')
        as scoring_version,
    not s.is_excluded
    and s.scored_at >= g.starts_at + if(g.segment_number = 1, interval 0 day, interval {{ var('cooldown_days') }} day)
    and not exists (
        select 1
        from {{ ref('int_mql_blocks') }} as b
        where b.lead_id = s.lead_id and s.scored_at >= b.from_at and (b.to_at is null or s.scored_at < b.to_at)
    ) as is_unblocked
from scored as s
inner join {{ ref('int_lead_segments') }} as g on s.lead_id = g.lead_id and s.segment_number = g.segment_number
