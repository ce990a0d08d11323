-- One row per lead that is new, gone or no longer what it was in the last build, with the instant from which on it is computed
-- anew: where it only has activities that became known since, from the end of the last build on.
select
    coalesce(n.lead_id, o.lead_id) as lead_id,
    if(n.fingerprint_before = o.fingerprint, o.built_until, {{ from_the_beginning() }}) as from_at
from {{ ref('int_lead_fingerprints') }} as n
full join {{ ref('int_last_fingerprints') }} as o on n.lead_id = o.lead_id
where n.fingerprint is distinct from o.fingerprint
