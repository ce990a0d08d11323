-- One row per MQL episode: the scores, threshold and channel as they stood when it began.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads(keeps_older=true) }}') }}
with
-- A mark can be entered before the segment that its knowing begins.
episodes as (
    {{ with_segment_in_force(ref('int_mql_starts'), 'mql_at', known_at='r.mql_known_at') }}
),

at_mql as (
    {{ scores_at('episodes', 'mql_at') }}
)

select
    * exclude (
        segment_number, own_segment_number, next_mql_at, next_mql_at_is_date_only, is_excluded, excluded_reason,
        marketing_engagement_score, marketing_score, score_is_as_of_export
    ),
    own_segment_number as segment_number
from at_mql
