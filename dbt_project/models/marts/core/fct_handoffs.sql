-- One row per lead and hand-off to sales: what the calibration learns from.
select
    h.lead_id || '-h' || h.segment_number as handoff_id,
    h.lead_id,
    h.segment_number,
    h.handed_off_at,
    h.evidence,
    e.mql_episode_id,
    e.qualified_by,
    h.score_at_handoff,
    h.peak_score,
    h.score_is_as_of_export,
    h.scoring_version,
    h.lead_channel as channel,
    false as is_explored,
    cast(null as double) as propensity,
    h.sql_at,
    h.closed_at,
    h.sql_known_at,
    h.closed_known_at
from {{ ref('int_handoff_scores') }} as h
left join {{ ref('fct_mql_episodes') }} as e
    on h.lead_id = e.lead_id
    and h.segment_number = e.segment_number
    and {{ not_before('h.handed_off_at', 'h.is_date_only', 'e.mql_at', 'e.mql_at_is_date_only') }}
qualify row_number() over (partition by h.lead_id, h.segment_number order by e.mql_at desc nulls last) = 1
