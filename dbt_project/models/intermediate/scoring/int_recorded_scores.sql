-- One row per lead and instant from which on its vendor's own score was another one, where that is the lead's score
-- (score_basis: recorded); nothing otherwise. The strongest record that has a score gives it, as of attributes.
with
scored as (
    {%- for records in ['stg_marketo__leads', 'stg_hubspot__contacts', 'stg_pardot__prospects', 'stg_mapped__leads'] %}
    select record_key, cast(recorded_score as double) as score from {{ ref(records) }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

records as (
    select p.lead_id, r.record_key, r.priority, r.created_at, coalesce(r.modified_at, r.created_at) as modified_at, s.score
    from scored as s
    inner join {{ ref('int_lead_records') }} as r on s.record_key = r.record_key
    inner join {{ ref('int_lead_identity') }} as p on s.record_key = p.record_key
    where {{ 'true' if is_score_recorded() else 'false' }} and not p.is_person_deleted
),

logged as (
    select record_key, changed_at, change_id, try_cast(old_value as double) as old_score, try_cast(new_value as double) as score,
        row_number() over (partition by record_key order by changed_at, length(change_id), change_id) as place
    from {{ ref('int_lead_attribute_changes') }}
    where attribute = 'recorded_score'
),

last_logged as (
    select record_key, max(changed_at) as changed_at from logged group by record_key
),

versions as (
    select record_key, versioned_at, recorded_score as score,
        row_number() over (partition by record_key order by versioned_at) as version_number
    from {{ ref('int_lead_record_versions') }}
),

-- What a record tells of its score, and from when on: its log; without one its versions; without those, it has always been
-- what it is at the export.
told as (
    select record_key, changed_at as known_at, score, change_id, false as is_as_of_export from logged
    union all
    select record_key, timestamp '0001-01-01', old_score, '', false from logged where place = 1
    union all
    select v.record_key, if(v.version_number = 1, timestamp '0001-01-01', v.versioned_at), v.score, '', v.version_number = 1
    from versions as v
    anti join last_logged as l on v.record_key = l.record_key
    union all
    -- a log may end before the record was exported
    select r.record_key, r.modified_at, r.score, '', false
    from records as r
    inner join last_logged as l on r.record_key = l.record_key and r.modified_at > l.changed_at
    union all
    select r.record_key, timestamp '0001-01-01', r.score, '', true
    from records as r
    anti join last_logged as l on r.record_key = l.record_key
    anti join (select distinct record_key from versions) as v on r.record_key = v.record_key
),

periods as (
    select r.lead_id, r.priority, r.created_at, r.record_key, t.score, t.is_as_of_export,
        greatest(t.known_at, r.created_at) as from_at,
        lead(greatest(t.known_at, r.created_at)) over (partition by r.record_key order by t.known_at, length(t.change_id), t.change_id) as to_at
    from told as t
    inner join records as r on t.record_key = r.record_key
    where t.known_at < {{ as_of_end() }}
),

combined as (
    select
        i.lead_id,
        i.known_at,
        -- a record without a score gives way to the next one
        arg_min(p.score, (p.priority, p.created_at, p.record_key)) as score,
        arg_min(p.is_as_of_export, (p.priority, p.created_at, p.record_key)) filter (where p.score is not null) as is_as_of_export
    from (select distinct lead_id, from_at as known_at from periods) as i
    inner join periods as p
        on i.lead_id = p.lead_id and p.from_at <= i.known_at and (p.to_at is null or i.known_at < p.to_at)
    group by i.lead_id, i.known_at
)

select lead_id, known_at, coalesce(score, 0) as score, coalesce(is_as_of_export, false) as is_as_of_export
from combined
qualify row(coalesce(score, 0), coalesce(is_as_of_export, false)) is distinct from
    lag(row(coalesce(score, 0), coalesce(is_as_of_export, false))) over (partition by lead_id order by known_at)
