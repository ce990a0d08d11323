-- One row per entrant of a funnel step: a lead, an MQL episode, or a lead's first entry of a stage in a segment, with the
-- time that would be its conversion.
{{ config(materialized='view') }}
with date_only as (
    select distinct lead_id, stage, entered_at
    from {{ ref('fct_lifecycle_events') }}
    where is_date_only
)

select
    'lead_to_mql' as step,
    leads.lead_id as entry_id,
    leads.channel,
    leads.campaign_id,
    leads.created_at as entered_at,
    date_only.lead_id is not null as entered_is_date_only,
    episodes.mql_at as candidate_at,
    coalesce(episodes.mql_at_is_date_only, false) as candidate_is_date_only,
    null as outcome
from {{ ref('dim_leads') }} as leads
left join {{ ref('fct_mql_episodes') }} as episodes
    on episodes.lead_id = leads.lead_id and episodes.episode_number = 1
left join date_only
    on date_only.lead_id = leads.lead_id and date_only.stage = 'lead' and date_only.entered_at = leads.created_at
where leads.is_excluded is not true

union all

-- An episode converts by its outcome: the SQL of a bypass, or one that a later episode claims, is none of it.
select
    episodes.step,
    episodes.mql_episode_id,
    episodes.channel,
    episodes.campaign_id,
    episodes.mql_at,
    episodes.mql_at_is_date_only,
    episodes.candidate_at,
    date_only.lead_id is not null,
    episodes.outcome
from (
    select *, 'mql_to_sql' as step, 'sql' as stage, if(outcome = 'sql' and not is_bypass, sql_at, null) as candidate_at
    from {{ ref('fct_mql_episodes') }}
    union all
    select *, 'mql_to_customer', 'customer', if(outcome = 'sql' and not is_bypass, customer_at, null)
    from {{ ref('fct_mql_episodes') }}
) as episodes
left join date_only
    on date_only.lead_id = episodes.lead_id
    and date_only.stage = episodes.stage
    and date_only.entered_at = episodes.candidate_at

union all

select
    step,
    lead_id || '-' || segment_number,
    channel,
    campaign_id,
    entered_at,
    entered_is_date_only,
    converted_at,
    coalesce(converted_is_date_only, false),
    null
from {{ ref('int_stage_step_entries') }}
