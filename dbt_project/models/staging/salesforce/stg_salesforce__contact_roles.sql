-- One row per contact on a Salesforce opportunity: its newest version known by the as-of day.
select
    Id as contact_role_id,
    OpportunityId as opportunity_id,
    ContactId as salesforce_contact_id,
    coalesce(IsPrimary, false) as is_primary,
    coalesce(IsDeleted, false) as is_deleted,
    CreatedDate as created_at
from {{ source('raw', 'salesforce_opportunity_contact_role') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
