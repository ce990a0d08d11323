-- One row per lead and period [valid_from, valid_to) in which its attributes were known to be so.
select lead_id, valid_from, valid_to, {{ scored_attributes() | join(', ') }}, is_reconstructed
from {{ ref('int_lead_history') }}
