-- One row per value that a property of a HubSpot contact took (property history): copies of it are one.
-- A table, because many models read it, and finding the newest version of every change takes longer than writing it down.
{{ config(materialized='table') }}
select
    {{ record_key('hubspot', 'contact', 'contact_id') }} as record_key,
    contact_id as hubspot_contact_id,
    {{ clean_text('name') }} as field,
    {{ clean_text('value') }} as value,
    timestamp as changed_at,
    {{ property_change_id('contact_id') }} as change_id,
    {{ clean_text('source') }} as change_source
from {{ source('raw', 'hubspot_contact_property_history') }}
{{ newest_version("change_id", "timestamp") }}
