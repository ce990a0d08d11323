-- One row per MQL episode: the scores, threshold and channel as they stood when it began.
-- depends_on: {{ ref('int_recorded_scores') }} whatever the setting: Dagster's graph is read before the settings are known
with
at_mql as (
    {{ scores_at(ref('int_mql_outcomes'), 'mql_at') }}
)

select * exclude (is_excluded, excluded_reason, marketing_engagement_score, marketing_score, score_is_as_of_export)
from at_mql
