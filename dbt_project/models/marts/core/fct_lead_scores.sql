-- One row per lead and scoring instant.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail', pre_hook='{{ forget_changed_leads(keeps_older=true) }}') }}
{%- set horizon_end = "mql_at + interval " ~ horizon_days('mql_to_sql') ~ " day" %}
with
-- An episode blocks its segment until it expires without outcome, and for good once an outcome is known.
episodes as (
    select
        lead_id,
        segment_number,
        -- what is known only by its date, or late, blocks nothing before
        greatest(mql_at, mql_known_at) + interval 1 microsecond as from_at,
        {{ horizon_end }} as to_at,
        -- greatest() passes over an outcome that is not known
        min(if(outcome_known_at is null, null, greatest(outcome_known_at, mql_at + interval 1 microsecond, mql_known_at + interval 1 microsecond)))
            over (partition by lead_id, segment_number) as for_good_at
    from {{ ref('int_mql_outcomes') }}
),

-- They never overlap, so each instant meets at most one of them.
episode_blocks as (
    select lead_id, segment_number, from_at, least(to_at, for_good_at) as to_at
    from episodes
    where for_good_at is null or from_at < for_good_at
    union all
    select distinct lead_id, segment_number, for_good_at, timestamp '9999-12-31'
    from episodes
    where for_good_at is not null
)

select
    s.lead_id,
    s.segment_number,
    s.scored_at,
    s.fit_score,
    s.engagement_score,
    s.lead_score,
    s.threshold,
    s.min_fit,
    s.min_engagement,
    s.scoring_version,
    s.is_unblocked and e.lead_id is null as is_eligible
from {{ ref('int_lead_scores') }} as s
{{ of_changed_leads('s', known_at='s.scored_at') }}
left join episode_blocks as e
    on s.lead_id = e.lead_id
    and s.segment_number = e.segment_number
    and s.scored_at >= e.from_at
    and s.scored_at < e.to_at
