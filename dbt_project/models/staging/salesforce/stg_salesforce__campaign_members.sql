-- One row per Salesforce campaign member: its newest version known by the as-of day.
select
    Id as member_id,
    CampaignId as campaign_id,
    LeadId as salesforce_lead_id,
    ContactId as salesforce_contact_id,
    {{ clean_text('Status') }} as status,
    coalesce(HasResponded, false) as has_responded,
    FirstRespondedDate as responded_on,
    coalesce(IsDeleted, false) as is_deleted,
    CreatedDate as created_at,
    coalesce(SystemModstamp, LastModifiedDate, CreatedDate) as modified_at
from {{ source('raw', 'salesforce_campaign_member') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
