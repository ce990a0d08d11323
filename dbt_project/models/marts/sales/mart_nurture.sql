-- One row per lead that is marketing's to develop and list it stands on: engaged but not fit, fit but not engaged, just
-- below the threshold, or held only by its channel's gate.
with
judged as (
    select
        *,
        coalesce({{ meets('fit_score', 'min_fit') }}, true) as is_fit,
        coalesce({{ meets('engagement_score', 'min_engagement') }}, true) as is_engaged,
        {{ meets('lead_score', 'threshold') }} as is_enough,
        greatest(threshold - lead_score, min_engagement - engagement_score, 0) as missing_engagement,
        greatest(threshold - lead_score, min_engagement - engagement_score, min_fit - fit_score, 0) as missing_points
    from {{ ref('int_nurture_leads') }}
),

listed as (
    select *, 'engaged_not_fit' as list from judged where is_engaged and not is_fit
    union all
    select *, 'fit_not_engaged' from judged where is_fit and not is_engaged
    union all
    select *, 'just_below' from judged where not is_enough and {{ meets('lead_score', "threshold - " ~ var('nurture_margin')) }}
    union all
    select *, 'held_at_gate' from judged where is_fit and is_engaged and is_enough and is_gated
),

last_activities as (
    select lead_id, max(occurred_at) as last_activity_at
    from {{ ref('fct_activities') }}
    where not is_bot and {{ is_own_activity('activity_type') }}
    group by lead_id
),

-- What one more activity can earn today; of equal points the first by name.
activity_points as (
    select points, min(field) as activity_type
    from {{ ref('int_scoring_rules') }}
    where kind = 'engagement' and is_marketing and valid_from_at < {{ as_of_end() }} and valid_to_at >= {{ as_of_end() }}
    group by points
),

gates as (
    select channel, string_agg(distinct replace(activity_type, '_', ' '), ', ' order by replace(activity_type, '_', ' ')) as activity_types
    from {{ ref('int_channel_gates') }}
    where from_at < {{ as_of_end() }} and to_at >= {{ as_of_end() }}
    group by channel
),

helped as (
    select
        l.*,
        case
            when l.list = 'held_at_gate' or not l.is_fit or {{ 'true' if is_score_recorded() else 'false' }} then null
            when a.points is not null then format('{} ({:+.1f}) would be enough', replace(a.activity_type, '_', ' '), a.points)
            else 'more than one activity'
        end as activity_help,
        case
            when l.list = 'held_at_gate' then null
            when q.p_changes_decision > 0 then format('ask for {} (up to {:+.1f})', replace(q.attribute, '_', ' '), q.best_points)
            when not l.is_fit and q.best_points > 0 then format('ask for {} (up to {:+.1f}, not enough alone)', replace(q.attribute, '_', ' '), q.best_points)
            when not l.is_fit then 'another contact at the company: no missing attribute is known to raise the fit'
        end as question_help,
        if(l.is_gated, 'needed first by its channel: ' || concat_ws(', ', g.activity_types, e.activity_types), null) as gate_help
    from listed as l
    asof left join activity_points as a on l.missing_engagement - 1e-9 <= a.points
    left join {{ ref('mart_next_question') }} as q on l.lead_id = q.lead_id
    left join gates as g on l.channel = g.channel
    left join gates as e on e.channel is null
)

select
    h.lead_id,
    h.list,
    h.channel,
    h.fit_score,
    h.engagement_score,
    h.lead_score,
    h.threshold,
    h.min_fit,
    h.min_engagement,
    h.missing_points,
    t.last_activity_at,
    h.is_gated,
    concat_ws('; ', h.gate_help, h.question_help, h.activity_help) as what_would_help
from helped as h
left join last_activities as t on h.lead_id = t.lead_id
