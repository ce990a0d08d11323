-- One row per week × channel × campaign, with `(all)` rows: what happened in that week, whenever the leads came.
with happenings as (
    select
        if(step = 'lead_to_mql', 'lead', 'mql') as stage, cohort_week as week, channel, campaign_id, null as amount
    from {{ ref('int_funnel_entries') }}
    where step in ('lead_to_mql', 'mql_to_sql')

    union all

    select stage, week, channel, campaign_id, null
    from {{ ref('int_stage_first_entries') }}

    union all

    select 'won', week, channel, campaign_id, amount
    from {{ ref('int_won_opportunities') }}
),

counts as (
    select
        week,
        {{ or_all('channel') }} as channel,
        {{ or_all('campaign_id') }} as campaign_id,
        count(*) filter (where stage = 'lead') as leads,
        count(*) filter (where stage = 'mql') as mqls,
        count(*) filter (where stage = 'sql') as sqls,
        count(*) filter (where stage = 'opportunity') as opportunities,
        count(*) filter (where stage = 'customer') as customers,
        coalesce({{ exact_sum('amount') }}, 0) as won_amount
    from happenings
    {{ group_by_rollups('week') }}
)

select *, {{ ratio('sqls', 'mqls') }} as mql_to_sql_rate
from counts
