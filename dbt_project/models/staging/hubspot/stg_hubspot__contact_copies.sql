-- One row per copy of a HubSpot contact in the extracts; copies with one stamp are one version.
select
    {{ record_key('hubspot', 'contact', 'hs_object_id') }} as record_key,
    hs_object_id as hubspot_contact_id,
    {{ clean_email('email') }} as email,
    {{ clean_text('firstname') }} as first_name,
    {{ clean_text('lastname') }} as last_name,
    {{ clean_text('jobtitle') }} as title,
    {{ clean_text('hs_seniority') }} as seniority,
    {{ clean_text('hs_role') }} as job_role,
    {{ clean_text('company') }} as company,
    coalesce(associatedcompanyid, {{ clean_text("split_part(associated_company_ids, ';', 1)") }}) as company_id,
    {{ clean_text('industry') }} as industry,
    try_cast(numemployees as bigint) as employee_count,
    try_cast(annualrevenue as double) as annual_revenue,
    {{ clean_text('country') }} as country,
    {{ clean_text('hs_analytics_source') }} as lead_source,
    {{ clean_text('hs_analytics_first_touch_converting_campaign') }} as first_campaign,
    {{ clean_text('lifecyclestage') }} as lifecycle_stage,
    {{ clean_text('hs_lead_status') }} as lead_status,
    {{ clean_text('hs_lead_disqualification_reason') }} as disqualified_reason,
    hubspot_owner_id as owner_id,
    hubspot_owner_assigneddate as owner_assigned_at,
    hubspotscore as recorded_score,
    {{ clean_text('hs_merged_object_ids') }} as merged_ids,
    salesforceleadid as salesforce_lead_id,
    salesforcecontactid as salesforce_contact_id,
    -- the dates of today's lifecycle properties go before those of the properties they replaced
    {%- for stage in [
        'subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer', 'evangelist'
    ] %}
    coalesce(hs_v2_date_entered_{{ stage }}, hs_lifecyclestage_{{ stage }}_date) as {{ stage }}_at,
    {%- endfor %}
    stage_dates,
    hs_latest_disqualified_lead_date as latest_disqualified_at,
    coalesce(archived, false) as is_deleted,
    createdate as created_at,
    coalesce(lastmodifieddate, createdate) as modified_at,
    coalesce(lastmodifieddate, createdate) as versioned_at,
    _extracted_at,
    _content,
    _file_hash,
    _record
from {{ source('raw', 'hubspot_contact') }}
