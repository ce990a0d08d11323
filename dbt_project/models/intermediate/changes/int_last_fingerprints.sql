-- One row per lead of the last build: what it was computed from then. No row where nothing is carried.
{%- if var('carry') %}
select lead_id, fingerprint, built_until
from {{ this.incorporate(path={'identifier': 'int_lead_fingerprints'}) }}
{%- else %}
select cast(null as varchar) as lead_id, cast(null as hugeint) as fingerprint, cast(null as timestamp) as built_until
where false
{%- endif %}
