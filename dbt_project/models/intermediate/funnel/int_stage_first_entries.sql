-- One row per lead, segment and stage from SQL on (sql, opportunity, customer): the first entry, with the lead's channel and campaign.
select
    events.lead_id,
    events.segment_number,
    events.stage,
    events.entered_at,
    events.is_date_only,
    events.known_at,
    {{ local_week('events.entered_at', 'events.is_date_only') }} as week,
    {{ or_none('leads.channel') }} as channel,
    {{ or_none('leads.campaign_id') }} as campaign_id
from {{ ref('fct_lifecycle_events') }} as events
left join {{ ref('dim_leads') }} as leads on leads.lead_id = events.lead_id
where events.stage in ('sql', 'opportunity', 'customer')
-- By day first: a date-only entry stands at 00:00 UTC, which need not be its day in the reporting zone.
qualify row_number() over (
    partition by events.lead_id, events.segment_number, events.stage
    order by {{ local_date('events.entered_at', 'events.is_date_only') }}, events.is_date_only, events.entered_at
) = 1
