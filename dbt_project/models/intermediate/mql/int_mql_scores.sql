-- One row per MQL episode: the scores, threshold and channel as they stood when it began.
with
at_mql as (
    {{ scores_at(ref('int_mql_outcomes'), 'mql_at') }}
)

select * exclude (is_excluded, excluded_reason, marketing_engagement_score, marketing_score, score_is_as_of_export)
from at_mql
