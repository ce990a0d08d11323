-- One row per copy of a Salesforce contact in the extracts; copies with one stamp are one version.
select
    {{ record_key('salesforce', 'contact', 'Id') }} as record_key,
    Id as salesforce_contact_id,
    coalesce(IsDeleted, false) as is_deleted,
    MasterRecordId as master_contact_id,
    AccountId as account_id,
    {{ clean_email('Email') }} as email,
    {{ clean_text('FirstName') }} as first_name,
    {{ clean_text('LastName') }} as last_name,
    {{ clean_text('Title') }} as title,
    {{ clean_text('MailingCountry') }} as country,
    {{ clean_text('LeadSource') }} as lead_source,
    OwnerId as owner_id,
    CreatedDate as created_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as modified_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as versioned_at,
    _extracted_at,
    _content,
    _file_hash,
    _record
from {{ source('raw', 'salesforce_contact') }}
