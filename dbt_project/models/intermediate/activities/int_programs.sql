-- One row per MAP program with the campaign it stands for: the CRM campaign it is synchronised with, else itself.
select
    program_id,
    coalesce(salesforce_campaign_id, program_id) as campaign_id,
    name,
    marketo_channel,
    type,
    cost,
    created_at
from {{ ref('stg_marketo__programs') }}
