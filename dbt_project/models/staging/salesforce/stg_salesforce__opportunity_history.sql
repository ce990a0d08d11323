-- One row per logged change of a Salesforce opportunity: its newest version known by the as-of day.
select
    Id as change_id,
    OpportunityId as opportunity_id,
    {{ clean_text('StageName') }} as stage,
    Amount as amount,
    Probability as probability,
    {{ clean_text('ForecastCategory') }} as forecast_category,
    CreatedDate as changed_at
from {{ source('raw', 'salesforce_opportunity_history') }}
{{ newest_version("Id", "coalesce(SystemModstamp, CreatedDate)", is_deleted="IsDeleted") }}
    and not coalesce(IsDeleted, false)
