-- One row per campaign, name and channel that money was spent on; `(undivided)` where it can't be told what alone it was spent on.
with
spends as (
    select
        s.campaign_id,
        coalesce(m.channel, nullif(trim(s.channel), '')) as channel,
        s.cost,
        s.spent_at
    from {{ ref('stg_mapped__spend') }} as s
    left join ({{ channels_of_mapped() }}) as m on lower(trim(s.channel)) = m.value
    where s.cost is not null
        and {{ local_date('s.spent_at', 'coalesce(s.spent_at_is_date, false)') }} <= {{ as_of_day() }}
),

costs as (
    -- A campaign's own spend: under the name and channel it had then.
    select
        s.campaign_id,
        coalesce(h.name, s.campaign_id) as campaign_name,
        if(h.campaign_id is null, {{ or_none('s.channel') }}, {{ or_none('h.channel') }}) as channel,
        s.cost
    from spends as s
    left join {{ ref('int_campaign_history') }} as h on s.campaign_id = h.campaign_id and {{ in_campaign_period('s.spent_at', 'h') }}
    where s.campaign_id is not null

    union all

    select {{ undivided() }}, {{ undivided() }}, coalesce(channel, {{ undivided() }}), cost
    from spends
    where campaign_id is null

    union all

    -- One sum for a campaign, without a time: it is told of a name or channel only where there was no other.
    select
        c.campaign_id,
        if(count(distinct h.name) = 1, min(h.name), {{ undivided() }}),
        if(count(distinct {{ or_none('h.channel') }}) = 1, min({{ or_none('h.channel') }}), {{ undivided() }}),
        c.actual_cost
    from {{ ref('int_campaigns') }} as c
    inner join {{ ref('int_campaign_history') }} as h on c.campaign_id = h.campaign_id
    where c.actual_cost is not null
        and c.campaign_id not in (select s.campaign_id from spends as s where s.campaign_id is not null)
    group by c.campaign_id, c.actual_cost
)

select campaign_id, campaign_name, channel, {{ exact_sum('cost') }} as cost
from costs
group by campaign_id, campaign_name, channel
