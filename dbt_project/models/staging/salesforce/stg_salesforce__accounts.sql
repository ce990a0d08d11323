-- One row per Salesforce account: its newest version known by the as-of day.
select
    Id as account_id,
    {{ clean_text('Name') }} as name,
    {{ clean_text('Industry') }} as industry,
    AnnualRevenue as annual_revenue,
    NumberOfEmployees as employee_count,
    {{ clean_text('BillingCountry') }} as country,
    {{ clean_text('Website') }} as website,
    coalesce(IsDeleted, false) as is_deleted,
    CreatedDate as created_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as modified_at
from {{ source('raw', 'salesforce_account') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
