-- One row per lead and instant from which on the newest touch known had another channel: campaign memberships, and what the lead
-- itself did in a campaign. Read only where a lead's channel is that of its last touch.
{{ config(materialized='view') }}
with
touches as (
    select t.lead_id, c.channel, t.touched_at, t.known_at, t.campaign_id as touch_id
    from {{ ref('int_campaign_touches') }} as t
    inner join {{ ref('int_campaigns') }} as c on t.campaign_id = c.campaign_id
    where c.channel is not null
    union all
    select a.lead_id, a.channel, a.occurred_at, a.known_at, a.activity_id
    from {{ ref('int_activities') }} as a
    left join {{ ref('int_bot_activities') }} as b on a.activity_id = b.activity_id
    where a.channel is not null and b.activity_id is null and {{ is_own_activity('a.activity_type') }}
),

-- All that became known at an instant is judged together; a touch known late is not newer than one after it.
newest as (
    select lead_id, known_at,
        max({'touched_at': max_touch.touched_at, 'touch_id': max_touch.touch_id, 'channel': max_touch.channel}) over (
            partition by lead_id order by known_at rows unbounded preceding
        ).channel as channel
    from (
        select lead_id, known_at, max({'touched_at': touched_at, 'touch_id': touch_id, 'channel': channel}) as max_touch
        from touches
        group by lead_id, known_at
    )
)

select lead_id, known_at, channel
from newest
qualify channel is distinct from lag(channel) over (partition by lead_id order by known_at)
