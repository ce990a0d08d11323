-- One row per lead and instant at which it would become an MQL if no earlier episode of its segment stood in the way.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
select s.lead_id, s.segment_number, s.scored_at as candidate_at, s.scored_at as known_at, false as is_date_only, 'score' as qualified_by,
    1 as precedence
from {{ ref('int_lead_scores') }} as s
{{ of_changed_leads('s') }}
where is_unblocked
    and {{ meets('lead_score', 'threshold') }}
    and coalesce({{ meets('fit_score', 'min_fit') }}, true)
    and coalesce({{ meets('engagement_score', 'min_engagement') }}, true)
    and (select mql_basis from {{ ref('int_mql_basis') }}) in ('scored', 'both')
union all
select p.lead_id, p.segment_number, p.scored_at, p.scored_at, false, 'path:' || p.path_id, 2
from {{ ref('int_path_candidates') }} as p
{{ of_changed_leads('p') }}
where (select mql_basis from {{ ref('int_mql_basis') }}) in ('scored', 'both')
union all
-- What the CRM or MAP marked: only an exclusion or an open episode stands in its way.
select e.lead_id, e.segment_number, e.entered_at, e.known_at, e.is_date_only, 'recorded', 3
from {{ ref('int_stage_entries') }} as e
{{ of_changed_leads('e') }}
asof left join {{ ref('int_lead_profile') }} as p on e.lead_id = p.lead_id and e.entered_at >= p.valid_from
where e.stage = 'mql'
    and not e.is_inferred
    and not coalesce(p.is_excluded, false)
    and (select mql_basis from {{ ref('int_mql_basis') }}) in ('recorded', 'both')
