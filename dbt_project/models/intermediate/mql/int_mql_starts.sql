-- One row per MQL episode: in each segment the first candidate, then the first one at least a horizon later while no sql
-- since the episode before is known.
with recursive
-- What is known first decides: a mark that is known by its date only, or late, replaces no decision. Several reasons at one
-- instant: score, then paths by their id, then recorded.
candidates as materialized (
    select lead_id, segment_number, candidate_at, known_at,
        {'known_at': known_at, 'precedence': precedence, 'candidate_at': candidate_at, 'qualified_by': qualified_by,
            'is_date_only': is_date_only} as candidate
    from {{ ref('int_mql_candidates') }}
),

sqls as materialized (
    select * from {{ ref('int_segment_entries') }} where stage = 'sql'
),

starts as (
    select lead_id, segment_number, min(candidate) as start
    from candidates
    group by lead_id, segment_number
    union all
    select c.lead_id, c.segment_number, min(c.candidate)
    from starts as e
    inner join candidates as c
        on e.lead_id = c.lead_id
        and e.segment_number = c.segment_number
        and c.candidate_at >= e.start.candidate_at + interval {{ horizon_days('mql_to_sql') }} day
        and not exists (
            select 1
            from sqls as s
            where s.lead_id = e.lead_id and s.segment_number = e.segment_number
                and {{ not_before('s.entered_at', 's.is_date_only', 'e.start.candidate_at', 'e.start.is_date_only') }}
                and s.known_at <= c.candidate_at
        )
    group by c.lead_id, c.segment_number
)

select
    s.lead_id,
    s.segment_number,
    cast(row_number() over (partition by s.lead_id order by s.start.candidate_at, s.segment_number) as integer) as episode_number,
    s.start.candidate_at as mql_at,
    s.start.known_at as mql_known_at,
    lead(s.start.candidate_at) over in_segment as next_mql_at,
    lead(s.start.is_date_only) over in_segment as next_mql_at_is_date_only,
    s.start.is_date_only as mql_at_is_date_only,
    s.start.qualified_by
from starts as s
window in_segment as (partition by s.lead_id, s.segment_number order by s.start.candidate_at)
