-- One row per lead and scoring instant: scores, the threshold of the lead's channel, and whether anything but an earlier
-- episode keeps the lead from becoming an MQL. A view, as writing it down costs more than computing it.
{{ config(materialized='view') }}
with
scored as (
    select
        i.*,
        p.channel,
        p.fit_score,
        {{ engagement_at('i', 'i.scored_at') }} as engagement_score,
        {{ engagement_at('i', 'i.scored_at', marketing_only=true) }} as marketing_engagement_score,
        p.threshold,
        p.min_fit,
        p.min_engagement,
        p.scoring_version,
        p.is_unblocked
    from {{ ref('int_score_instants') }} as i
    inner join {{ ref('int_lead_standing') }} as p
        on i.lead_id = p.lead_id and i.scored_at >= p.from_at and i.scored_at < p.to_at
)

select
    s.*,
    {{ lead_score_from('s.fit_score', 's.engagement_score') }} as lead_score,
    {{ lead_score_from('s.fit_score', 's.marketing_engagement_score') }} as marketing_score
from scored as s
{{ join_recorded_score('s.lead_id', 's.scored_at') }}
