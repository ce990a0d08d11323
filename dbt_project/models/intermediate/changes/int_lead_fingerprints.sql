-- One row per lead: a number that changes with any row that its scores, and episodes are computed from.
{{ fingerprints_by_lead([
    ref('int_leads'), ref('int_activities'), ref('int_lead_history'), ref('int_lead_segments'), ref('int_lead_blocks'),
    ref('int_stage_evidence'), ref('int_recorded_scores')
]) }}
