-- One row per lead that is new, gone or no longer what it was in the last build; every lead where nothing is carried.
select coalesce(n.lead_id, o.lead_id) as lead_id
from {{ ref('int_lead_fingerprints') }} as n
full join {{ source('carried', 'lead_fingerprints') }} as o on n.lead_id = o.lead_id
where n.fingerprint is distinct from o.fingerprint
