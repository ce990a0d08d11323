-- A returned row is a week whose roll-ups do not count the same events and money.
with totals as (
    select
        week,
        channel = '(all)' as spans_channels,
        campaign_id = '(all)' as spans_campaigns,
        sum(leads) as leads,
        sum(mqls) as mqls,
        sum(sqls) as sqls,
        sum(opportunities) as opportunities,
        sum(customers) as customers,
        round(sum(won_amount), 2) as won_amount
    from {{ ref('mart_funnel_period') }}
    group by all
)

select week
from totals
group by week
having count(*) <> 4
    or count(distinct (leads, mqls, sqls, opportunities, customers)) <> 1
    -- Money is compared with a cent per billion to spare: these are sums of sums of doubles.
    or max(won_amount) - min(won_amount) > 0.01 + 1e-11 * max(won_amount)
