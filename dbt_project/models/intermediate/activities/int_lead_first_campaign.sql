-- One row per lead with a campaign: the first-touch one, what its record names, else its first membership.
select
    l.lead_id,
    coalesce(l.own_campaign_id, arg_min(t.campaign_id, (t.touched_at, t.campaign_id))) as campaign_id
from {{ ref('int_leads') }} as l
left join {{ ref('int_campaign_touches') }} as t on l.lead_id = t.lead_id
group by l.lead_id, l.own_campaign_id
having coalesce(l.own_campaign_id, arg_min(t.campaign_id, (t.touched_at, t.campaign_id))) is not null
