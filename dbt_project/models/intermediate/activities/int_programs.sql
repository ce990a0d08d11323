-- One row per MAP program or campaign with the campaign it stands for: the CRM campaign it is connected with, else itself.
select
    'marketo' as source,
    program_id,
    coalesce(salesforce_campaign_id, program_id) as campaign_id,
    name,
    coalesce(marketo_channel, type) as type,
    cost,
    created_at
from {{ ref('stg_marketo__programs') }}
union all by name
select
    'pardot' as source,
    campaign_id as program_id,
    coalesce(salesforce_campaign_id, campaign_id) as campaign_id,
    name,
    cost,
    created_at
from {{ ref('stg_pardot__campaigns') }}
