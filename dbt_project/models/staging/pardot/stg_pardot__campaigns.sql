-- One row per Pardot campaign: its newest version known by the as-of day.
select
    id as campaign_id,
    {{ clean_text('name') }} as name,
    cost,
    salesforce_id as salesforce_campaign_id,
    created_at
from {{ source('raw', 'pardot_campaign') }}
{{ newest_version("id", "coalesce(updated_at, created_at)") }}
