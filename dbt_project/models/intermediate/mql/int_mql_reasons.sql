-- One row per MQL episode: what its score was made of, each part as it stood when the episode began; they sum to the score.
with
parts as (
    {{ score_parts(ref('int_mql_starts'), 'mql_at', ['lead_id', 'episode_number']) }}
)

select
    lead_id,
    episode_number,
    list({'rule_id': rule_id, 'activity_id': activity_id, 'occurred_at': occurred_at, 'points': points}
        order by points desc, occurred_at, rule_id, activity_id) as reasons
from parts
group by lead_id, episode_number
