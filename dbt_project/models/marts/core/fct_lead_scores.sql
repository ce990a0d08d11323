-- One row per lead and scoring instant.
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
    s.is_unblocked
    and not exists (
        select 1
        from {{ ref('int_mql_outcomes') }} as e
        where e.lead_id = s.lead_id
            and e.segment_number = s.segment_number
            and e.mql_at < s.scored_at
            and (
                s.scored_at < e.mql_at + interval {{ horizon_days('mql_to_sql') }} day
                or e.outcome_known_at <= s.scored_at
            )
    ) as is_eligible
from {{ ref('int_lead_scores') }} as s
