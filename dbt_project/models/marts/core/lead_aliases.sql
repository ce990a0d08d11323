-- One row per id that an absorbed record of a lead would have had on its own.
select
    'l_' || left(md5(record_key), 16) as alias_lead_id,
    lead_id,
    reason,
    linked_at as merged_at
from {{ ref('int_lead_identity') }}
where not is_root and not is_person_deleted
