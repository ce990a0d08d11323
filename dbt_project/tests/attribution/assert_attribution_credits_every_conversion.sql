-- A returned row is a model, conversion and week whose credits do not sum to what mart_funnel_period counts.
with counted as (
    select week, unnest([
        {'conversion': 'mql', 'conversions': mqls, 'amount': null},
        {'conversion': 'sql', 'conversions': sqls, 'amount': null},
        {'conversion': 'opportunity', 'conversions': opportunities, 'amount': null},
        {'conversion': 'customer', 'conversions': customers, 'amount': null},
        {'conversion': 'won_amount', 'conversions': null, 'amount': won_amount}
    ], recursive := true)
    from {{ ref('mart_funnel_period') }}
    where channel = '(all)' and campaign_id = '(all)'
),

credited as (
    select model, conversion, week, sum(credit) as credit, sum(amount) as amount
    from {{ ref('mart_attribution') }}
    group by model, conversion, week
),

expected as (
    select models.model, counted.*
    from counted
    cross join (select unnest({{ attribution_models() }}) as model) as models
)

select model, conversion, week
from expected
full join credited using (model, conversion, week)
where abs(coalesce(credited.credit, 0) - expected.conversions) > 1e-6
    -- Money is compared with a cent per billion to spare: these are sums of doubles.
    or abs(coalesce(credited.amount, 0) - expected.amount) > 0.01 + 1e-11 * expected.amount
    or expected.model is null
