-- One row per Marketo program: its newest version known by the as-of day.
select
    id as program_id,
    {{ clean_text('name') }} as name,
    {{ clean_text('channel') }} as marketo_channel,
    {{ clean_text('type') }} as type,
    sfdcId as salesforce_campaign_id,
    cost,
    createdAt as created_at
from {{ source('raw', 'marketo_program') }}
{{ newest_version("id", "coalesce(updatedAt, createdAt)") }}
