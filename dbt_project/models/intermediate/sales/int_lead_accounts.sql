-- One row per lead that belongs to an account or has an ABM tier: the CRM's account, else the one whose domain is that of
-- the lead's own (not free) e-mail address.
with
mail_domains as (
    select lead_id, email_domain
    from {{ ref('int_lead_history') }}
    where valid_to is null and email_domain is not null and not is_free_mail
),

-- of several accounts with one domain the smallest id
domain_accounts as (
    select lower(trim(domain)) as domain, min(account_id) as account_id
    from {{ ref('int_accounts') }}
    where domain is not null
    group by lower(trim(domain))
),

domain_tiers as (
    select lower(trim(domain)) as domain, trim(tier) as tier
    from {{ ref('account_tiers') }}
    where nullif(trim(account_id), '') is null and nullif(trim(domain), '') is not null
),

matched as (
    select l.lead_id, m.email_domain, coalesce(l.account_id, a.account_id) as account_id
    from {{ ref('int_leads') }} as l
    left join mail_domains as m on l.lead_id = m.lead_id
    left join domain_accounts as a on m.email_domain = a.domain
)

select m.lead_id, m.account_id, coalesce(t.tier, d.tier) as tier
from matched as m
left join {{ ref('int_account_tiers') }} as t on m.account_id = t.account_id
left join domain_tiers as d on m.email_domain = d.domain
where m.account_id is not null or d.tier is not null
