-- One row per MQL episode: the ledger of decisions, each as it stood when it was taken, and what came of it.
with
-- The first call or meeting after the hand-off.
touches as (
    select h.lead_id, h.segment_number, min(a.occurred_at) as first_touch_at
    from {{ ref('int_handoffs') }} as h
    inner join {{ ref('int_activities') }} as a
        on h.lead_id = a.lead_id and a.activity_type in ('call', 'meeting') and a.occurred_at >= h.handed_off_at
    group by h.lead_id, h.segment_number
),

won as (
    select e.lead_id, e.episode_number, sum(o.amount) as won_amount
    from {{ ref('int_mql_outcomes') }} as e
    inner join {{ ref('fct_opportunities') }} as o
        on e.lead_id = o.lead_id and o.is_won and o.closed_at >= least(e.mql_at, e.customer_at)
        and (e.next_mql_at is null or o.closed_at < e.next_mql_at)
    where e.customer_at is not null
    group by e.lead_id, e.episode_number
)

select
    s.lead_id || '-' || s.episode_number as mql_episode_id,
    s.lead_id,
    s.episode_number,
    s.segment_number,
    s.qualified_by,
    s.mql_at,
    s.lead_score as score_at_mql,
    s.fit_score as fit_score_at_mql,
    s.engagement_score as engagement_score_at_mql,
    s.threshold as threshold_at_mql,
    s.scoring_version,
    s.lead_channel as channel,
    c.campaign_id,
    h.handed_off_at,
    t.first_touch_at,
    cast(null as timestamp) as accepted_at,
    s.sql_at,
    s.opportunity_at,
    s.customer_at,
    w.won_amount,
    s.disqualified_at,
    s.disqualified_reason,
    s.recycled_at,
    s.is_bypass,
    {{ local_week('s.mql_at', 's.mql_at_is_date_only') }} as mql_week,
    s.mql_at_is_date_only,
    s.sql_at_is_date_only,
    s.opportunity_at_is_date_only,
    s.customer_at_is_date_only,
    r.reasons,
    s.outcome,
    s.outcome_at
from {{ ref('int_mql_scores') }} as s
left join {{ ref('int_mql_reasons') }} as r on s.lead_id = r.lead_id and s.episode_number = r.episode_number
left join {{ ref('int_lead_first_campaign') }} as c on s.lead_id = c.lead_id
left join {{ ref('int_handoffs') }} as h on s.lead_id = h.lead_id and s.segment_number = h.segment_number
left join touches as t on s.lead_id = t.lead_id and s.segment_number = t.segment_number
left join won as w on s.lead_id = w.lead_id and s.episode_number = w.episode_number
