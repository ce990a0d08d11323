-- One row per activity of a lead.
select
    activity_id, lead_id, activity_type, occurred_at, known_at, is_date_only, channel, campaign_id, rule_id, points, is_bot
from {{ ref('int_scored_activities') }}
