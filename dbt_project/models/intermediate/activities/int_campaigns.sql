-- One row per campaign: CRM campaigns, MAP programs that no CRM campaign stands for, mapped ones, and those that only people or
-- deals name.
with
campaigns as (
    select campaign_id, name, type, cast(null as varchar) as channel, coalesce(actual_cost, budgeted_cost) as cost,
        actual_cost, starts_on, ends_on, created_at, 'salesforce' as source, 1 as priority
    from {{ ref('stg_salesforce__campaigns') }}
    union all by name
    select campaign_id, name, type, channel, cost, cost as actual_cost, cast(starts_at as date) as starts_on, cast(ends_at as date) as ends_on,
        created_at, 'mapped' as source, 2 as priority
    from {{ ref('stg_mapped__campaigns') }}
    union all by name
    select campaign_id, name, type, cost, cost as actual_cost, created_at, source, 3 as priority
    from {{ ref('int_programs') }}
    union all by name
    select distinct campaign_id, 'mapped' as source, 4 as priority
    from {{ ref('stg_mapped__leads') }}
    where campaign_id is not null
    union all by name
    -- HubSpot's contacts and deals name theirs.
    select distinct first_campaign as campaign_id, 'hubspot' as source, 4 as priority
    from {{ ref('stg_hubspot__contacts') }}
    where first_campaign is not null
    union all by name
    select distinct campaign as campaign_id, 'hubspot' as source, 4 as priority
    from {{ ref('stg_hubspot__deals') }}
    where campaign is not null
    union all by name
    -- ids of campaigns that no extract holds
    select p.campaign_id, min(p.campaign_name) as name, 'pardot' as source, 4 as priority
    from {{ ref('stg_pardot__prospects') }} as p
    where p.campaign_id is not null
        and p.campaign_id not in (select g.program_id from {{ ref('int_programs') }} as g where g.source = 'pardot')
    group by p.campaign_id
)

select
    c.campaign_id,
    coalesce(c.name, c.campaign_id) as name,
    c.type,
    coalesce(g.channel, nullif(trim(c.channel), ''), m.channel) as channel,
    cast(c.cost as double) as cost,
    cast(c.actual_cost as double) as actual_cost,
    c.starts_on,
    c.ends_on,
    c.source
from campaigns as c
left join ({{ channels_of_mapped() }}) as g on lower(trim(c.channel)) = g.value
left join ({{ channels_of_types() }}) as m on lower(trim(c.type)) = m.value
where coalesce(c.created_at < {{ as_of_end() }}, true)
qualify row_number() over (partition by c.campaign_id order by c.priority, c.name, c.source) = 1
