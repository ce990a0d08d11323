-- One row per mapped account: its newest version known by the as-of day.
select
    account_id,
    name,
    industry,
    employee_count,
    annual_revenue,
    country,
    domain,
    created_at
from {{ source('raw', 'mapped_account') }}
{{ newest_version("account_id", "coalesce(modified_at, created_at)") }}
