-- One row per Salesforce lead: its newest version known by the as-of day.
select
    {{ record_key('salesforce', 'lead', 'Id') }} as record_key,
    Id as salesforce_lead_id,
    coalesce(IsDeleted, false) as is_deleted,
    MasterRecordId as master_lead_id,
    {{ clean_email('Email') }} as email,
    {{ clean_text('FirstName') }} as first_name,
    {{ clean_text('LastName') }} as last_name,
    {{ clean_text('Title') }} as title,
    {{ clean_text('Company') }} as company,
    {{ clean_text('Industry') }} as industry,
    AnnualRevenue as annual_revenue,
    NumberOfEmployees as employee_count,
    {{ clean_text('Country') }} as country,
    {{ clean_text('LeadSource') }} as lead_source,
    {{ clean_text('Status') }} as status,
    OwnerId as owner_id,
    coalesce(IsConverted, false) as is_converted,
    ConvertedDate as converted_on,
    ConvertedContactId as converted_contact_id,
    ConvertedAccountId as converted_account_id,
    ConvertedOpportunityId as converted_opportunity_id,
    {{ clean_text('Disqualified_Reason__c') }} as disqualified_reason,
    mkto71_Lead_Score__c as recorded_score,
    CreatedDate as created_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as modified_at
from {{ source('raw', 'salesforce_lead') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
