-- One row per lead: a number that changes with any row that its scores and episodes are computed from.
with
last_build as (
    select max(built_until) as built_until from {{ ref('int_last_fingerprints') }}
),

rows_of_leads as (
    {%- for relation in [ref('int_leads'), ref('int_lead_history'), ref('int_lead_segments'), ref('int_lead_blocks'),
        ref('int_stage_evidence'), ref('int_recorded_scores')] %}
    select lead_id, {{ row_hash(relation, 'r') }} as row_hash, 0 as new_hash from {{ relation }} as r
    union all
    {%- endfor %}
    select r.lead_id, {{ row_hash(ref('int_activities'), 'r') }}, if(r.known_at >= b.built_until, {{ row_hash(ref('int_activities'), 'r') }}, 0)
    from {{ ref('int_activities') }} as r, last_build as b
)

select lead_id, sum(row_hash) as fingerprint, sum(row_hash) - sum(new_hash) as fingerprint_before, {{ as_of_end() }} as built_until
from rows_of_leads
group by lead_id
