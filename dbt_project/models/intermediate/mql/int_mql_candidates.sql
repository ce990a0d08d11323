-- One row per lead and instant at which it would become an MQL if no earlier episode of its segment stood in the way.
select lead_id, segment_number, scored_at as candidate_at, false as is_date_only, 'score' as qualified_by, 1 as precedence
from {{ ref('int_lead_scores') }}
where is_unblocked
    and lead_score >= threshold - 1e-9
    and coalesce(fit_score >= min_fit - 1e-9, true)
    and coalesce(engagement_score >= min_engagement - 1e-9, true)
    and (select mql_basis from {{ ref('int_mql_basis') }}) in ('scored', 'both')
union all
select lead_id, segment_number, scored_at, false, 'path:' || path_id, 2
from {{ ref('int_path_candidates') }}
where (select mql_basis from {{ ref('int_mql_basis') }}) in ('scored', 'both')
union all
-- What the CRM or MAP marked: only an exclusion or an open episode stands in its way.
select e.lead_id, e.segment_number, e.entered_at, e.is_date_only, 'recorded', 3
from {{ ref('int_stage_entries') }} as e
asof left join {{ ref('int_lead_profile') }} as p on e.lead_id = p.lead_id and e.entered_at >= p.valid_from
where e.stage = 'mql'
    and not e.is_inferred
    and not coalesce(p.is_excluded, false)
    and (select mql_basis from {{ ref('int_mql_basis') }}) in ('recorded', 'both')
