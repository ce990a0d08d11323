-- One row per hand-off: the score when it happened, and the highest one from marketing activity until sales answered.
with
handoffs as (
    {{ with_segment_in_force(ref('int_handoffs'), 'handed_off_at') }}
),

at_handoff as (
    {{ scores_at('handoffs', 'handed_off_at') }}
),

later as (
    select h.lead_id, h.segment_number, max(s.marketing_score) as peak_score
    from {{ ref('int_handoffs') }} as h
    inner join {{ ref('int_lead_scores') }} as s
        on h.lead_id = s.lead_id
        and h.segment_number = s.segment_number
        and s.scored_at > h.handed_off_at
        and s.scored_at < h.answered_at
    group by h.lead_id, h.segment_number
)

select
    h.* exclude (segment_number, own_segment_number, threshold, is_excluded, excluded_reason, lead_score, marketing_score),
    h.own_segment_number as segment_number,
    h.lead_score as score_at_handoff,
    greatest(h.marketing_score, l.peak_score) as peak_score
from at_handoff as h
left join later as l on h.lead_id = l.lead_id and h.own_segment_number = l.segment_number
