-- One row per mapped opportunity: its newest version known by the as-of day.
select
    opportunity_id,
    lead_id as mapped_lead_id,
    account_id,
    name,
    amount,
    stage,
    is_won,
    coalesce(is_closed, if(is_won, true, null)) as is_closed,
    campaign_id,
    created_at,
    created_at_is_date,
    closed_at,
    closed_at_is_date,
    modified_at,
    modified_at_is_date
from {{ source('raw', 'mapped_opportunity') }}
{{ newest_version("opportunity_id", "coalesce(modified_at, created_at)") }}
