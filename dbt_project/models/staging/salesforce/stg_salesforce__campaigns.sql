-- One row per Salesforce campaign: its newest version known by the as-of day.
select
    Id as campaign_id,
    {{ clean_text('Name') }} as name,
    {{ clean_text('Type') }} as type,
    ActualCost as actual_cost,
    BudgetedCost as budgeted_cost,
    StartDate as starts_on,
    EndDate as ends_on,
    CreatedDate as created_at
from {{ source('raw', 'salesforce_campaign') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
