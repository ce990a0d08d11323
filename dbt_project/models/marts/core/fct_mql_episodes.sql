-- One row per MQL episode: the ledger of decisions, each as it stood when it was taken, and what came of it.
with
-- The first call or meeting after the hand-off.
touches as (
    select h.lead_id, h.segment_number, min(a.occurred_at) as first_touch_at
    from {{ ref('int_handoffs') }} as h
    inner join {{ ref('int_sales_touches') }} as a on h.lead_id = a.lead_id and a.occurred_at >= h.handed_off_at
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
    o.lead_id || '-' || o.episode_number as mql_episode_id,
    o.lead_id,
    o.episode_number,
    o.segment_number,
    o.qualified_by,
    o.mql_at,
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
    o.sql_at,
    o.opportunity_at,
    o.customer_at,
    w.won_amount,
    o.disqualified_at,
    o.disqualified_reason,
    o.recycled_at,
    o.is_bypass,
    {{ local_week('o.mql_at', 'o.mql_at_is_date_only') }} as mql_week,
    o.mql_at_is_date_only,
    o.sql_at_is_date_only,
    o.opportunity_at_is_date_only,
    o.customer_at_is_date_only,
    r.reasons,
    o.outcome,
    o.outcome_at
from {{ ref('int_mql_outcomes') }} as o
inner join {{ ref('int_mql_scores') }} as s on o.lead_id = s.lead_id and o.episode_number = s.episode_number
left join {{ ref('int_mql_reasons') }} as r on o.lead_id = r.lead_id and o.episode_number = r.episode_number
left join {{ ref('int_lead_first_campaign') }} as c on o.lead_id = c.lead_id
left join {{ ref('int_handoffs') }} as h on o.lead_id = h.lead_id and o.segment_number = h.segment_number
left join touches as t on o.lead_id = t.lead_id and o.segment_number = t.segment_number
left join won as w on o.lead_id = w.lead_id and o.episode_number = w.episode_number
