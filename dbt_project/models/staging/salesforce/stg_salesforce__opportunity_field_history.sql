-- One row per logged change of a field of a Salesforce opportunity: its newest version known by the as-of day.
select
    Id as change_id,
    OpportunityId as opportunity_id,
    Field as field,
    {{ clean_text('OldValue') }} as old_value,
    {{ clean_text('NewValue') }} as new_value,
    CreatedDate as changed_at
from {{ source('raw', 'salesforce_opportunity_field_history') }}
{{ newest_version("Id", "CreatedDate", is_deleted="IsDeleted") }}
    and not coalesce(IsDeleted, false)
