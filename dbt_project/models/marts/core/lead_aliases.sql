-- One row per id that a lead's absorbed records would have had on their own.
select
    'l_' || left(md5(record_key), 16) as alias_lead_id,
    lead_id,
    reason,
    linked_at as merged_at
from {{ ref('int_lead_identity') }}
where not is_root
