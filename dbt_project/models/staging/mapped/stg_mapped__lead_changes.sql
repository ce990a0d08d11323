-- One row per mapped change of a lead: its newest version known by the as-of day.
select
    lead_id as mapped_lead_id,
    change_id,
    field,
    old_value,
    new_value,
    changed_at,
    changed_at_is_date
from {{ source('raw', 'mapped_lead_change') }}
{{ newest_version("lead_id, field, changed_at, coalesce(change_id, ''), coalesce(new_value, '')", "changed_at") }}
