-- One row per activity of a known lead that was known by the as-of day.
with
known as (
    select
        a.activity_id,
        p.lead_id,
        a.record_key,
        c.activity_type,
        c.is_delivery,
        a.mailing_id,
        a.link,
        a.occurred_at,
        a.is_date_only,
        {{ known_at('a.known_at, a.occurred_at') }} as known_at,
        coalesce(a.campaign_id, g.campaign_id) as campaign_id,
        coalesce(a.is_vendor_bot, false) as is_vendor_bot
    from {{ ref('int_raw_activities') }} as a
    inner join {{ ref('int_activity_classes') }} as c
        on a.source = c.source and a.vendor_type = c.vendor_type and a.detail = c.detail
    inner join {{ ref('int_lead_identity') }} as p on a.record_key = p.record_key
    left join {{ ref('int_late_records') }} as late on a.object = late.object and coalesce(a.record_id, a.activity_id) = late.record_id
    left join {{ ref('int_programs') }} as g on a.source = g.source and a.program_id = g.program_id
    where not p.is_person_deleted and c.is_used
)

select
    k.* exclude (record_key),
    m.channel
from known as k
left join {{ ref('int_campaigns') }} as m on k.campaign_id = m.campaign_id
where k.known_at < {{ as_of_end() }}
