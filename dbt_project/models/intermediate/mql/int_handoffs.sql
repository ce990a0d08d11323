-- One row per lead and segment in which sales got the lead: the first evidence of it.
-- depends_on: {{ ref('int_stage_entries') }} whatever the setting: Dagster's graph is read before the settings are known
with
evidence as (
    {%- if 'crm_mql_status' in var('handoff_evidence') %}
    select lead_id, segment_number, entered_at as handed_off_at, is_date_only, 'crm_mql_status' as evidence
    from {{ ref('int_stage_entries') }}
    where stage = 'mql' and not is_inferred
    union all
    {%- endif %}
    select p.lead_id, s.segment_number, l.handed_off_at, l.is_date_only, l.evidence
    from (
        select record_key, handed_off_at, coalesce(handed_off_at_is_date, false) as is_date_only,
            if(handed_off_at_is_date, {{ end_of_date('handed_off_at') }}, handed_off_at) as known_at, 'handoff_file' as evidence
        from {{ ref('stg_mapped__leads') }}
        where {{ 'true' if 'handoff_file' in var('handoff_evidence') else 'false' }}
        union all
        select record_key, changed_at, is_date_only, known_at, 'owner_change'
        from {{ ref('int_owner_changes') }}
        where {{ 'true' if 'owner_change' in var('handoff_evidence') else 'false' }}
    ) as l
    inner join {{ ref('int_lead_identity') }} as p on l.record_key = p.record_key
    inner join {{ ref('int_lead_segments') }} as s
        on p.lead_id = s.lead_id and l.known_at >= s.starts_at and (s.ends_at is null or l.known_at < s.ends_at)
    where not p.is_person_deleted and l.known_at < {{ as_of_end() }}
),

first_evidence as (
    select lead_id, segment_number, min(handed_off_at) as handed_off_at,
        arg_min(is_date_only, (handed_off_at, evidence)) as is_date_only, arg_min(evidence, (handed_off_at, evidence)) as evidence
    from evidence
    group by lead_id, segment_number
),

answered as (
    select
        h.lead_id,
        h.segment_number,
        min(e.entered_at) filter (where e.stage = 'sql') as sql_at,
        arg_min(e.is_date_only, (e.entered_at, e.is_date_only)) filter (where e.stage = 'sql') as sql_at_is_date_only,
        arg_min(e.known_at, e.entered_at) filter (where e.stage = 'sql') as sql_known_at,
        min(e.entered_at) filter (where e.stage in ('disqualified', 'recycled')) as closed_at,
        arg_min(e.is_date_only, (e.entered_at, e.is_date_only))
            filter (where e.stage in ('disqualified', 'recycled')) as closed_at_is_date_only,
        arg_min(e.known_at, e.entered_at) filter (where e.stage in ('disqualified', 'recycled')) as closed_known_at
    from first_evidence as h
    inner join {{ ref('int_segment_entries') }} as e
        on h.lead_id = e.lead_id
        and h.segment_number = e.segment_number
        and {{ not_before('e.entered_at', 'e.is_date_only', 'h.handed_off_at', 'h.is_date_only') }}
    group by h.lead_id, h.segment_number
)

select
    h.*,
    a.sql_at,
    coalesce(a.sql_at_is_date_only, false) as sql_at_is_date_only,
    a.sql_known_at,
    a.closed_at,
    coalesce(a.closed_at_is_date_only, false) as closed_at_is_date_only,
    a.closed_known_at,
    least(h.handed_off_at + interval 90 day, coalesce(a.sql_at, {{ as_of_end() }}), coalesce(a.closed_at, {{ as_of_end() }}), {{ as_of_end() }})
        as answered_at
from first_evidence as h
left join answered as a on h.lead_id = a.lead_id and h.segment_number = a.segment_number
