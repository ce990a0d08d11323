-- One row per account with an ABM tier: the one given for its id, else the one given for its domain.
with tiers as (
    select
        nullif(trim(account_id), '') as account_id,
        nullif(lower(trim(domain)), '') as domain,
        trim(tier) as tier
    from {{ ref('account_tiers') }}
)

select accounts.account_id, coalesce(by_id.tier, by_domain.tier) as tier
from {{ ref('int_accounts') }} as accounts
left join tiers as by_id on by_id.account_id = accounts.account_id
left join tiers as by_domain on by_domain.account_id is null and by_domain.domain = lower(trim(accounts.domain))
where coalesce(by_id.tier, by_domain.tier) is not null
