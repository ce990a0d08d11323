-- One row per conversion to be credited: an MQL episode, a lead's first entry of a stage in a segment, a won opportunity.
with
entries as (
    select lead_id, segment_number, stage, entered_at, is_date_only, known_at, week
    from {{ ref('int_stage_first_entries') }}
),

recorded as (
    select lead_id, entered_at, max(known_at) as known_at
    from {{ ref('fct_lifecycle_events') }}
    where stage = 'mql'
    group by lead_id, entered_at
),

conversions as (
    select
        'mql' as conversion, e.mql_episode_id as conversion_id, e.lead_id, e.segment_number,
        e.mql_at as converted_at, e.mql_at_is_date_only as is_date_only,
        greatest(if(e.mql_at_is_date_only, {{ end_of_date('e.mql_at') }}, e.mql_at), r.known_at) as known_at,
        e.mql_week as week, cast(null as double) as amount
    from {{ ref('fct_mql_episodes') }} as e
    left join recorded as r on e.lead_id = r.lead_id and e.mql_at = r.entered_at

    union all

    select stage, lead_id || '-' || segment_number, lead_id, segment_number, entered_at, is_date_only, known_at, week, null
    from entries

    union all

    select 'won_amount', opportunity_id, lead_id, null, closed_at, is_date_only, closed_known_at, week, amount
    from {{ ref('int_won_opportunities') }}
)

select
    -- Only to join by: names nothing, and may be another one in the next build.
    row_number() over () as number,
    c.conversion,
    c.conversion_id,
    c.lead_id,
    c.converted_at,
    c.is_date_only,
    c.known_at,
    c.week,
    c.amount,
    l.created_at as lead_created_at,
    coalesce(l.created_at_is_date, false) as lead_created_is_date_only,
    if(c.conversion = 'won_amount', o.created_at, e.entered_at) as opportunity_at,
    coalesce(if(c.conversion = 'won_amount', o.created_at_is_date, e.is_date_only), false) as opportunity_is_date_only
from conversions as c
left join {{ ref('int_leads') }} as l on c.lead_id = l.lead_id
left join {{ ref('int_opportunities') }} as o on c.conversion = 'won_amount' and c.conversion_id = o.opportunity_id
-- The opportunity of the same segment, if it was there and known by then.
left join entries as e
    on c.lead_id = e.lead_id and c.segment_number = e.segment_number and e.stage = 'opportunity'
    and e.known_at <= c.known_at and {{ not_before('c.converted_at', 'c.is_date_only', 'e.entered_at', 'e.is_date_only') }}
