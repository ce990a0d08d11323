-- One row per lead and period [from_at, to_at) in which nothing but its engagement and its episodes changes what a scoring
-- instant is judged by: fit, exclusion, channel, threshold, scoring version, and whether something blocks it.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
lives as (
    select s.lead_id, min(s.starts_at) as from_at
    from {{ ref('int_lead_segments') }} as s
    {{ of_changed_leads('s') }}
    group by s.lead_id
),

versions as (
    select valid_from_at as from_at, max(strftime(valid_from, '%Y-%m-%d')) as scoring_version
    from {{ ref('int_scoring_rules') }}
    where valid_from is not null
    group by valid_from_at
),

for_everybody as (
    select from_at as cut_at from versions
    union
    select from_at from {{ ref('int_thresholds') }}
),

cuts as (
    select lead_id, from_at as cut_at from lives
    union
    select p.lead_id, p.valid_from from {{ ref('int_lead_profile') }} as p {{ of_changed_leads('p') }}
    union
    select s.lead_id, unnest([s.starts_at, s.starts_at + interval {{ var('cooldown_days') }} day])
    from {{ ref('int_lead_segments') }} as s
    {{ of_changed_leads('s') }}
    where s.segment_number > 1
    union
    select b.lead_id, unnest([b.from_at, b.to_at]) from {{ ref('int_mql_blocks') }} as b {{ of_changed_leads('b') }}
    union
    select l.lead_id, e.cut_at
    from lives as l
    inner join for_everybody as e on e.cut_at > l.from_at and e.cut_at < {{ as_of_end() }}
),

periods as (
    select
        c.lead_id,
        c.cut_at as from_at,
        lead(c.cut_at, 1, timestamp '9999-12-31') over (partition by c.lead_id order by c.cut_at) as to_at
    from cuts as c
    inner join lives as l on c.lead_id = l.lead_id and c.cut_at >= l.from_at
),

blocked as (
    select distinct p.lead_id, p.from_at
    from periods as p
    inner join {{ ref('int_mql_blocks') }} as b
        on p.lead_id = b.lead_id and p.from_at >= b.from_at and (b.to_at is null or p.from_at < b.to_at)
)

select
    p.lead_id,
    p.from_at,
    p.to_at,
    a.channel,
    coalesce(a.fit_score, 0) as fit_score,
    coalesce(c.threshold, g.threshold) as threshold,
    if(c.threshold is null, g.min_fit, c.min_fit) as min_fit,
    if(c.threshold is null, g.min_engagement, c.min_engagement) as min_engagement,
    coalesce((select max(v.scoring_version) from versions as v where v.from_at <= p.from_at), 'initial') as scoring_version,
    not coalesce(a.is_excluded, false)
    and b.lead_id is null
    and (s.segment_number = 1 or p.from_at >= s.starts_at + interval {{ var('cooldown_days') }} day) as is_unblocked
from periods as p
inner join {{ ref('int_lead_segments') }} as s
    on p.lead_id = s.lead_id and p.from_at >= s.starts_at and (s.ends_at is null or p.from_at < s.ends_at)
left join {{ ref('int_lead_profile') }} as a
    on p.lead_id = a.lead_id and p.from_at >= a.valid_from and (a.valid_to is null or p.from_at < a.valid_to)
left join blocked as b on p.lead_id = b.lead_id and p.from_at = b.from_at
left join {{ ref('int_thresholds') }} as g on g.segment = 'global' and p.from_at >= g.from_at and p.from_at < g.to_at
left join {{ ref('int_thresholds') }} as c
    on a.channel = c.segment and c.segment <> 'global' and p.from_at >= c.from_at and p.from_at < c.to_at
