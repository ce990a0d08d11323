-- One row per MQL episode: the scores, threshold and channel as they stood when it began.
with
at_mql as (
    {{ scores_at(ref('int_mql_outcomes'), 'mql_at') }}
)

select * exclude (is_excluded, excluded_reason, marketing_engagement_score), fit_score + engagement_score as lead_score
from at_mql
