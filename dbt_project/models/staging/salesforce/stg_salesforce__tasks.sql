-- One row per Salesforce task: its newest version known by the as-of day.
select
    Id as task_id,
    WhoId as who_id,
    coalesce({{ clean_text('TaskSubtype') }}, '') as subtype,
    {{ clean_text('Type') }} as type,
    {{ clean_text('Status') }} as status,
    {{ clean_text('Subject') }} as subject,
    coalesce(IsClosed, lower(Status) = 'completed', false) as is_closed,
    ActivityDate as activity_on,
    CompletedDateTime as completed_at,
    coalesce(IsDeleted, false) as is_deleted,
    CreatedDate as created_at
from {{ source('raw', 'salesforce_task') }}
{{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
