-- One row per touch of a lead: it joined or answered a campaign, did something in one, or came by a source.
with
changed as (
    select distinct lead_id from {{ ref('int_lead_history') }} where valid_to is not null
),

-- Stretches of one channel; most leads never change.
sources as (
    select lead_id, channel, valid_from, null as valid_to
    from {{ ref('int_lead_history') }}
    where lead_id not in (select lead_id from changed)

    union all

    select lead_id, channel, valid_from, lead(valid_from) over (partition by lead_id order by valid_from) as valid_to
    from (
        select lead_id, channel, valid_from
        from {{ ref('int_lead_history') }}
        where lead_id in (select lead_id from changed)
        window periods as (partition by lead_id order by valid_from)
        qualify row_number() over periods = 1 or channel is distinct from lag(channel) over periods
    )
),

creations as (
    select
        l.lead_id,
        c.campaign_id,
        s.channel as lead_channel,
        l.created_at,
        l.created_at_is_date,
        greatest(if(l.created_at_is_date, {{ end_of_date('l.created_at') }}, l.created_at), s.valid_from) as known_at,
        s.valid_to as known_until
    from {{ ref('int_leads') }} as l
    inner join sources as s on l.lead_id = s.lead_id
    left join {{ ref('int_lead_first_campaign') }} as c on l.lead_id = c.lead_id and c.is_on_record
    where c.campaign_id is not null or s.channel is not null
),

touches as (
    select lead_id, 'membership' as kind, campaign_id as touch_id, campaign_id, null as lead_channel,
        touched_at, touched_is_date_only as is_date_only,
        greatest(known_at, if(touched_is_date_only, {{ end_of_date('touched_at') }}, touched_at)) as known_at,
        cast(null as timestamp) as known_until
    from {{ ref('int_campaign_touches') }}

    union all

    select lead_id, 'response', campaign_id, campaign_id, null, responded_at, responded_is_date_only,
        greatest(known_at, if(responded_is_date_only, {{ end_of_date('responded_at') }}, responded_at)), null
    from {{ ref('int_campaign_touches') }}
    where responded_at is not null

    union all

    select lead_id, 'activity', activity_id, campaign_id, null, occurred_at, is_date_only, known_at, null
    from {{ ref('fct_activities') }}
    where campaign_id is not null and not is_bot and {{ is_touch('activity_type') }}

    union all

    select lead_id, 'creation', 'created', campaign_id, lead_channel, created_at, created_at_is_date, known_at, known_until
    from creations
    where known_until is null or known_until > known_at
)

select
    t.lead_id,
    t.kind,
    t.touch_id,
    coalesce(h.channel, t.lead_channel) as channel,
    t.campaign_id,
    t.touched_at,
    t.is_date_only,
    t.known_at,
    t.known_until
from touches as t
left join {{ ref('int_campaign_history') }} as h on t.campaign_id = h.campaign_id and {{ in_campaign_period('t.touched_at', 'h') }}
where t.known_at < {{ as_of_end() }}
