-- One row per MQL episode: what its score was made of, each part as it stood when the episode began; they sum to the score.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads(keeps_older=true) }}') }}
with
-- A mark can be entered before the segment that its knowing begins.
episodes as (
    {{ with_segment_in_force(ref('int_mql_starts'), 'mql_at', known_at='r.mql_known_at') }}
),

parts as (
    {{ score_parts('episodes', 'mql_at', ['lead_id', 'episode_number']) }}
)

select
    lead_id,
    episode_number,
    -- Sorted afterwards by the fields in this order: an ordered aggregate takes ten times as long.
    list_transform(
        list_sort(list({'place': -points, 'occurred_at': occurred_at, 'rule_id': rule_id, 'activity_id': activity_id, 'points': points})),
        lambda r: {'rule_id': r.rule_id, 'activity_id': r.activity_id, 'occurred_at': r.occurred_at, 'points': r.points}
    ) as reasons
from parts
group by lead_id, episode_number
