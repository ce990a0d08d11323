-- One row per logged change of a Salesforce lead: its newest version known by the as-of day.
-- A table, because many models read it, and finding the newest version of every change takes longer than writing it down.
{{ config(materialized='table') }}
select
    Id as change_id,
    LeadId as salesforce_lead_id,
    Field as field,
    {{ clean_text('OldValue') }} as old_value,
    {{ clean_text('NewValue') }} as new_value,
    CreatedDate as changed_at
from {{ source('raw', 'salesforce_lead_history') }}
{{ newest_version("Id", "CreatedDate", is_deleted="IsDeleted") }}
    and not coalesce(IsDeleted, false)
