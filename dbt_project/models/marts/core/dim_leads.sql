-- One row per lead (a person), as known at the end of the as-of day.
with
newest_segments as (
    {{ newest_segments() }}
),

scores as (
    {{ scores_at('newest_segments', 'at') }}
),

attributes as (
    select * from {{ ref('int_lead_history') }} where valid_to is null
),

stages as (
    select lead_id, stage
    from {{ ref('int_stage_entries') }}
    qualify row_number() over (partition by lead_id order by entered_at desc, tie_order desc, known_at desc) = 1
),

open_episodes as (
    select distinct lead_id from {{ ref('int_mql_outcomes') }} where outcome = 'open'
)

select
    l.lead_id,
    a.email,
    a.email_domain,
    l.first_name,
    l.last_name,
    a.company,
    a.title,
    a.seniority,
    a.industry,
    a.employee_count,
    a.country,
    l.account_id,
    l.source_ids,
    a.channel,
    c.campaign_id,
    l.created_at,
    s.fit_score,
    s.engagement_score,
    s.lead_score,
    s.score_is_as_of_export,
    case
        when s.lead_score >= s.threshold + 20 then 'A'
        when s.lead_score >= s.threshold then 'B'
        when s.lead_score >= s.threshold - 20 then 'C'
        else 'D'
    end as score_band,
    g.stage as lifecycle_stage,
    e.lead_id is not null as is_mql,
    s.is_excluded,
    s.excluded_reason,
    t.tier as account_tier
from {{ ref('int_leads') }} as l
left join attributes as a on l.lead_id = a.lead_id
left join scores as s on l.lead_id = s.lead_id
left join stages as g on l.lead_id = g.lead_id
left join open_episodes as e on l.lead_id = e.lead_id
left join {{ ref('int_lead_first_campaign') }} as c on l.lead_id = c.lead_id
left join {{ ref('int_lead_accounts') }} as t on l.lead_id = t.lead_id
