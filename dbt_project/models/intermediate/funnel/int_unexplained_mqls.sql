-- One row per open or expired MQL episode whose lead left its MQL status in a way that says nothing: for a value that no
-- seed knows, or because the record that had it was deleted.
with
{{ current_stage_values() }},

waiting as (
    select
        e.lead_id,
        e.episode_number,
        e.mql_at,
        e.mql_at_is_date_only,
        least(
            e.mql_at + interval {{ horizon_days('mql_to_sql') }} day, e.next_mql_at, s.ends_at
        ) as ends_at
    from {{ ref('int_mql_outcomes') }} as e
    inner join {{ ref('int_lead_segments') }} as s on e.lead_id = s.lead_id and e.segment_number = s.segment_number
    where e.outcome in ('open', 'expired')
        and exists (
            select 1 from {{ ref('int_segment_entries') }} as m
            where m.lead_id = e.lead_id and m.segment_number = e.segment_number and m.stage = 'mql'
        )
),

-- Records of these leads that mark MQLs, by the fields whose values can be one.
marking as (
    select distinct e.record_key, e.lead_id, e.source, m.field
    from {{ ref('int_stage_evidence') }} as e
    inner join {{ ref('lifecycle_stages') }} as m on e.source = m.source and m.stage = 'mql' and m.value <> '*'
    where e.stage = 'mql' and e.lead_id in (select lead_id from waiting)
),

logged as (
    select m.lead_id, h.record_key, h.source, h.field, h.value, h.entered_at, h.is_date_only, h.change_id,
        greatest(if(h.is_date_only, {{ end_of_date('h.entered_at') }}, h.entered_at), h.known_from) as known_at
    from {{ ref('int_stage_changes') }} as h
    inner join marking as m on h.record_key = m.record_key and h.source = m.source and h.field = m.field
),

held as (
    select * from logged
    union all
    select m.lead_id, c.record_key, c.source, c.field, c.value, c.modified_at, false, '', c.modified_at
    from current_values as c
    inner join marking as m on c.record_key = m.record_key and c.source = m.source and c.field = m.field
    where c.value is not null
        and not exists (
            select 1 from logged as h where h.record_key = c.record_key and h.source = c.source and h.field = c.field
        )
),

-- Every value once: what the seeds know.
unknown_values as (
    select v.source, v.field, v.value
    from (select distinct source, field, value from held) as v
    left join {{ ref('lifecycle_stages') }} as m
        on v.source = m.source and v.field = m.field and m.value <> '*' and lower(trim(v.value)) = lower(trim(m.value))
    left join {{ ref('open_statuses') }} as o
        on (o.source is null or o.source = v.source)
        and (o.field is null or o.field = v.field)
        and regexp_matches(trim(v.value), o.pattern, 'i')
    where m.source is null and o.pattern is null
),

statuses as (
    select h.lead_id, h.record_key, h.field, h.value, h.entered_at, h.is_date_only, h.change_id, u.value is not null as is_unknown
    from held as h
    left join unknown_values as u on h.source = u.source and h.field = u.field and h.value = u.value
    where h.known_at < {{ as_of_end() }}
    union all
    -- its record is gone, while another one keeps the person
    select m.lead_id, m.record_key, m.field, 'deleted', r.modified_at, false, '~', true
    from marking as m
    inner join {{ ref('int_lead_records') }} as r on m.record_key = r.record_key
    where r.is_deleted and not r.is_absorbed and r.modified_at < {{ as_of_end() }}
),

last_of_record as (
    select
        w.lead_id,
        w.episode_number,
        s.record_key,
        s.field,
        arg_max({'value': s.value, 'is_unknown': s.is_unknown}, (s.entered_at, s.change_id)) as last
    from waiting as w
    inner join statuses as s
        on w.lead_id = s.lead_id
        and {{ not_before('s.entered_at', 's.is_date_only', 'w.mql_at', 'w.mql_at_is_date_only') }}
        and s.entered_at < w.ends_at
    group by w.lead_id, w.episode_number, s.record_key, s.field
)

-- As long as one record still says something known, it counts.
select
    lead_id || '-' || episode_number as mql_episode_id,
    string_agg(distinct last.value, ', ' order by last.value) as left_for
from last_of_record
group by lead_id, episode_number
having bool_and(last.is_unknown)
