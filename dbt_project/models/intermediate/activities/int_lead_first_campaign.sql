-- One row per lead with a campaign: the first-touch one, what its record names, else its first membership.
with
named as (
    select l.lead_id, coalesce(g.campaign_id, l.own_campaign_id) as campaign_id
    from {{ ref('int_leads') }} as l
    left join {{ ref('int_programs') }} as g on g.source = 'pardot' and l.own_campaign_id = g.program_id
)

select
    n.lead_id,
    coalesce(n.campaign_id, arg_min(t.campaign_id, (t.touched_at, t.campaign_id))) as campaign_id,
    n.campaign_id is not null as is_on_record
from named as n
left join {{ ref('int_campaign_touches') }} as t on n.lead_id = t.lead_id
group by n.lead_id, n.campaign_id
having coalesce(n.campaign_id, arg_min(t.campaign_id, (t.touched_at, t.campaign_id))) is not null
