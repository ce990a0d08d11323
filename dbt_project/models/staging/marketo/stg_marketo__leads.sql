-- One row per Marketo person: its newest version known by the as-of day.
select
    {{ record_key('marketo', 'lead', 'id') }} as record_key,
    id as marketo_lead_id,
    {{ clean_email('email') }} as email,
    {{ clean_text('firstName') }} as first_name,
    {{ clean_text('lastName') }} as last_name,
    {{ clean_text('title') }} as title,
    {{ clean_text('company') }} as company,
    {{ clean_text('industry') }} as industry,
    annualRevenue as annual_revenue,
    numberOfEmployees as employee_count,
    {{ clean_text('country') }} as country,
    {{ clean_text('leadSource') }} as lead_source,
    leadScore as recorded_score,
    sfdcLeadId as salesforce_lead_id,
    sfdcContactId as salesforce_contact_id,
    acquisitionProgramId as program_id,
    createdAt as created_at,
    coalesce(updatedAt, createdAt) as modified_at
from {{ source('raw', 'marketo_lead') }}
{{ newest_version("id", "coalesce(updatedAt, createdAt)") }}
