-- One row per copy of a Salesforce campaign in the extracts; copies with one stamp are one version.
select
    Id as campaign_id,
    {{ clean_text('Name') }} as name,
    {{ clean_text('Type') }} as type,
    ActualCost as actual_cost,
    BudgetedCost as budgeted_cost,
    StartDate as starts_on,
    EndDate as ends_on,
    CreatedDate as created_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as versioned_at,
    _extracted_at,
    _content,
    _file_hash,
    _record
from {{ source('raw', 'salesforce_campaign') }}
