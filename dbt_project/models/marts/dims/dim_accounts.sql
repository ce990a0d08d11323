-- One row per account, with its ABM tier and how its leads stand at the end of the as-of day.
with
leads as (
    select a.account_id, count(*) as leads, max(l.lead_score) as best_lead_score,
        arg_min(l.lead_id, (-l.lead_score, l.lead_id)) as best_lead_id
    from {{ ref('int_lead_accounts') }} as a
    inner join {{ ref('dim_leads') }} as l on a.lead_id = l.lead_id
    where not l.is_excluded
    group by a.account_id
),

mqls as (
    select a.account_id,
        count(*) filter (where e.outcome = 'open') as mqls_open,
        count(*) filter (where e.mql_at >= {{ as_of_end() }} - interval 90 day) as mqls_90d
    from {{ ref('int_lead_accounts') }} as a
    inner join {{ ref('fct_mql_episodes') }} as e on a.lead_id = e.lead_id
    group by a.account_id
)

select
    accounts.account_id,
    accounts.name,
    accounts.domain,
    accounts.industry,
    accounts.employee_count,
    accounts.annual_revenue,
    accounts.country,
    tiers.tier,
    accounts.created_at,
    coalesce(leads.leads, 0) as leads,
    leads.best_lead_id,
    leads.best_lead_score,
    coalesce(mqls.mqls_open, 0) as mqls_open,
    coalesce(mqls.mqls_90d, 0) as mqls_90d
from {{ ref('int_accounts') }} as accounts
left join {{ ref('int_account_tiers') }} as tiers on accounts.account_id = tiers.account_id
left join leads on accounts.account_id = leads.account_id
left join mqls on accounts.account_id = mqls.account_id
