-- One row per Salesforce opportunity: its newest version known by the as-of day.
select
    Id as opportunity_id,
    AccountId as account_id,
    {{ clean_text('Name') }} as name,
    {{ clean_text('StageName') }} as stage,
    Amount as amount,
    CloseDate as close_on,
    IsClosed as is_closed,
    IsWon as is_won,
    CampaignId as campaign_id,
    coalesce(IsDeleted, false) as is_deleted,
    CreatedDate as created_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as modified_at
from {{ source('raw', 'salesforce_opportunity') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
