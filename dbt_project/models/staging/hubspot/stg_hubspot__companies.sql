-- One row per HubSpot company: its newest version known by the as-of day.
select
    hs_object_id as account_id,
    {{ clean_text('name') }} as name,
    {{ clean_text('domain') }} as domain,
    {{ clean_text('website') }} as website,
    {{ clean_text('industry') }} as industry,
    numberofemployees as employee_count,
    annualrevenue as annual_revenue,
    {{ clean_text('country') }} as country,
    coalesce(archived, false) as is_deleted,
    createdate as created_at,
    coalesce(hs_lastmodifieddate, createdate) as modified_at
from {{ source('raw', 'hubspot_company') }}
{{ newest_version("hs_object_id", "coalesce(hs_lastmodifieddate, createdate)") }}
