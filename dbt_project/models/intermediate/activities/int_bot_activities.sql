-- One row per machine open or click: at most 10 seconds after its mailing's delivery, or the third and later distinct link
-- within 10 seconds of the first click, judged only from rows known no later than itself; and whatever its source filters out.
with
mail as (
    select activity_id, lead_id, mailing_id, activity_type, is_delivery, link, occurred_at, known_at
    from {{ ref('int_activities') }}
    where mailing_id is not null and (is_delivery or activity_type in ('email_open', 'email_click'))
),

after_delivery as (
    select a.activity_id
    from mail as a
    inner join mail as d
        on a.lead_id = d.lead_id
        and a.mailing_id = d.mailing_id
        and d.is_delivery
        and a.occurred_at >= d.occurred_at
        and a.occurred_at <= d.occurred_at + interval 10 second
        and d.known_at <= a.known_at
    where not a.is_delivery
),

-- Clicks of one mailing, each with the distinct links first clicked before it within its 10 seconds.
swept as (
    select a.activity_id
    from mail as a
    inner join mail as b
        on a.lead_id = b.lead_id
        and a.mailing_id = b.mailing_id
        and b.activity_type = 'email_click'
        and (b.occurred_at, b.activity_id) < (a.occurred_at, a.activity_id)
        and b.occurred_at >= a.occurred_at - interval 10 second
        and b.known_at <= a.known_at
        and b.link is distinct from a.link
    where a.activity_type = 'email_click'
    group by a.activity_id
    having count(distinct b.link) >= 2
)

select activity_id from after_delivery
union
select activity_id from swept
union
select activity_id from {{ ref('int_activities') }} where is_vendor_bot
