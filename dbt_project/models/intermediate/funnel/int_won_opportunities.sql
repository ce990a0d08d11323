-- One row per won opportunity that belongs to a lead, with the lead's channel and campaign; one without is outside the funnel.
with closings as (
    select opportunity_id, entered_at as closed_at, bool_or(is_date_only) as is_date_only
    from {{ ref('int_opportunity_states') }}
    where state = 'won'
    group by opportunity_id, entered_at
)

select
    opportunities.opportunity_id,
    opportunities.lead_id,
    opportunities.closed_at,
    coalesce(closings.is_date_only, false) as is_date_only,
    opportunities.closed_known_at,
    {{ local_week('opportunities.closed_at', 'coalesce(closings.is_date_only, false)') }} as week,
    {{ or_none('leads.channel') }} as channel,
    {{ or_none('leads.campaign_id') }} as campaign_id,
    opportunities.amount
from {{ ref('fct_opportunities') }} as opportunities
inner join {{ ref('dim_leads') }} as leads on leads.lead_id = opportunities.lead_id
left join closings
    on closings.opportunity_id = opportunities.opportunity_id and closings.closed_at = opportunities.closed_at
where opportunities.is_won and opportunities.closed_at is not null
