-- One row per MQL episode: the scores, threshold and channel as they stood when it began.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
-- A mark can be entered before the segment that its knowing begins.
episodes as (
    {{ with_segment_in_force(ref('int_mql_starts'), 'mql_at') }}
),

at_mql as (
    {{ scores_at('episodes', 'mql_at') }}
)

select * exclude (segment_number, own_segment_number, is_excluded, excluded_reason, marketing_engagement_score, marketing_score, score_is_as_of_export), own_segment_number as segment_number
from at_mql
