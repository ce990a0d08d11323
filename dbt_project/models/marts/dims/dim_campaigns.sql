-- One row per campaign: those of the extracts, and those that leads or activities name but no extract describes.
with named as (
    select campaign_id from {{ ref('dim_leads') }}
    union
    select campaign_id from {{ ref('fct_mql_episodes') }}
    union
    select campaign_id from {{ ref('fct_activities') }}
)

select campaign_id, name, type, channel, cost, actual_cost, starts_on, ends_on, source
from {{ ref('int_campaigns') }}

union all

select campaign_id, campaign_id, null, null, null, null, null, null, null
from named
where campaign_id is not null
    and campaign_id not in (select campaign_id from {{ ref('int_campaigns') }})
