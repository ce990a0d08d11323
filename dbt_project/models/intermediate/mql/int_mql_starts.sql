-- One row per MQL episode: in each segment the first candidate, then the first one at least a horizon later while no sql
-- since the episode before is known.
with recursive
-- Several reasons at one instant: score, then paths by their id, then recorded.
candidates as materialized (
    select lead_id, segment_number, candidate_at, any_value(is_date_only order by precedence, qualified_by) as is_date_only,
        arg_min(qualified_by, (precedence, qualified_by)) as qualified_by
    from {{ ref('int_mql_candidates') }}
    group by lead_id, segment_number, candidate_at
),

sqls as materialized (
    select * from {{ ref('int_segment_entries') }} where stage = 'sql'
),

starts as (
    select lead_id, segment_number, min(candidate_at) as mql_at, arg_min(is_date_only, candidate_at) as is_date_only
    from candidates
    group by lead_id, segment_number
    union all
    select c.lead_id, c.segment_number, min(c.candidate_at), arg_min(c.is_date_only, c.candidate_at)
    from starts as e
    inner join candidates as c
        on e.lead_id = c.lead_id
        and e.segment_number = c.segment_number
        and c.candidate_at >= e.mql_at + interval {{ horizon_days('mql_to_sql') }} day
        and not exists (
            select 1
            from sqls as s
            where s.lead_id = e.lead_id and s.segment_number = e.segment_number
                and {{ not_before('s.entered_at', 's.is_date_only', 'e.mql_at', 'e.is_date_only') }}
                and s.known_at <= c.candidate_at
        )
    group by c.lead_id, c.segment_number
)

select
    s.lead_id,
    s.segment_number,
    cast(row_number() over (partition by s.lead_id order by s.mql_at) as integer) as episode_number,
    s.mql_at,
    lead(s.mql_at) over (partition by s.lead_id, s.segment_number order by s.mql_at) as next_mql_at,
    lead(c.is_date_only) over (partition by s.lead_id, s.segment_number order by s.mql_at) as next_mql_at_is_date_only,
    c.is_date_only as mql_at_is_date_only,
    c.qualified_by
from starts as s
inner join candidates as c
    on s.lead_id = c.lead_id and s.segment_number = c.segment_number and s.mql_at = c.candidate_at
