-- One row per account created by the as-of day.
with
accounts as (
    select account_id, name, {{ web_domain('website') }} as domain, industry, employee_count, annual_revenue, country,
        created_at, 1 as priority
    from {{ ref('stg_salesforce__accounts') }}
    where not is_deleted
    union all by name
    select account_id, name, {{ web_domain('coalesce(domain, website)') }} as domain, industry, employee_count,
        annual_revenue, country, created_at, 2 as priority
    from {{ ref('stg_hubspot__companies') }}
    where not is_deleted
    union all by name
    select account_id, name, lower(domain) as domain, industry, employee_count, annual_revenue, country, created_at,
        3 as priority
    from {{ ref('stg_mapped__accounts') }}
)

select * exclude (priority)
from accounts
where coalesce(created_at < {{ as_of_end() }}, true)
qualify row_number() over (partition by account_id order by priority, name) = 1
