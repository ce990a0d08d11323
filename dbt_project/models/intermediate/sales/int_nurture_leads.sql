-- One row per lead that is marketing's to develop at the end of the as-of day: neither MQL, accepted by sales, customer,
-- disqualified or excluded, nor with an open opportunity; with the criteria in force for its channel.
with
segments as (
    {{ newest_segments() }}
),

accepted as (
    select distinct e.lead_id
    from {{ ref('int_segment_entries') }} as e
    inner join segments as s on e.lead_id = s.lead_id and e.segment_number = s.segment_number
    where e.stage = 'sql'
)

select
    l.lead_id,
    l.channel,
    l.fit_score,
    l.engagement_score,
    l.lead_score,
    coalesce(c.threshold, g.threshold) as threshold,
    if(c.threshold is null, g.min_fit, c.min_fit) as min_fit,
    if(c.threshold is null, g.min_engagement, c.min_engagement) as min_engagement,
    exists (
        select 1
        from {{ ref('int_gate_blocks') }} as b
        where b.lead_id = l.lead_id and s.at >= b.from_at and (b.to_at is null or s.at < b.to_at)
    ) as is_gated
from {{ ref('dim_leads') }} as l
inner join segments as s on l.lead_id = s.lead_id
left join {{ ref('int_thresholds') }} as g on g.segment = 'global' and s.at >= g.from_at and s.at < g.to_at
left join {{ ref('int_thresholds') }} as c
    on l.channel = c.segment and c.segment <> 'global' and s.at >= c.from_at and s.at < c.to_at
where not l.is_mql
    and not l.is_excluded
    and l.lead_id not in (select lead_id from accepted)
    and not exists (
        select 1
        from {{ ref('int_lead_blocks') }} as b
        where b.lead_id = l.lead_id and s.at >= b.from_at and (b.to_at is null or s.at < b.to_at)
    )
