-- One row per channel: those in use, `(none)` for what has no channel, and those the channel map leads to.
with in_use as (
    select channel from {{ ref('dim_leads') }}
    union
    select channel from {{ ref('fct_mql_episodes') }}
    union
    select channel from {{ ref('fct_activities') }}
    union
    select channel from {{ ref('int_campaigns') }}
),

mapped as (
    select channel, list(distinct value order by value) as mapped_values
    from {{ ref('channel_map') }}
    group by channel
),

used as (
    select distinct {{ or_none('channel') }} as channel from in_use
)

select
    coalesce(used.channel, mapped.channel) as channel,
    used.channel is not null as is_in_use,
    mapped.mapped_values
from used
full join mapped on mapped.channel = used.channel
