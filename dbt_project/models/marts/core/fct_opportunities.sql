-- One row per opportunity, as it stood at the end of the as-of day.
with
latest as (
    select * from {{ ref('int_opportunity_states') }}
    qualify row_number() over (partition by opportunity_id order by known_at desc, tie_order desc) = 1
)

select
    o.opportunity_id,
    o.lead_id,
    o.account_id,
    cast(o.amount as double) as amount,
    o.created_at,
    if(s.state = 'open', null, s.entered_at) as closed_at,
    s.state = 'won' as is_won,
    o.stage,
    o.campaign_id as primary_campaign_id,
    o.known_at,
    if(s.state = 'open', null, s.known_at) as closed_known_at
from {{ ref('int_opportunities') }} as o
inner join latest as s on o.opportunity_id = s.opportunity_id
