-- One row per Salesforce calendar event: its newest version known by the as-of day.
select
    Id as event_id,
    WhoId as who_id,
    {{ clean_text('Type') }} as type,
    {{ clean_text('Subject') }} as subject,
    ActivityDate as activity_on,
    coalesce(StartDateTime, ActivityDateTime) as starts_at,
    coalesce(IsDeleted, false) as is_deleted,
    CreatedDate as created_at
from {{ source('raw', 'salesforce_event') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
