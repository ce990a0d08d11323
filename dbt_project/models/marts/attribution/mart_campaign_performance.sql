-- One row per campaign, name and channel it had when the lead came, with `(all)` rows: what the campaign brought and what it cost.
{% set counts = {
    'members': 'member', 'responses': 'response', 'leads': 'lead', 'mqls': 'mql', 'open_mqls': 'open_mql', 'sqls': 'sql',
    'opportunities': 'opportunity', 'customers': 'customer',
} %}
with
-- Every lead belongs to one campaign, the one it came by: what becomes of it is counted there, once.
places as (
    select
        l.lead_id,
        {{ or_none('l.campaign_id') }} as campaign_id,
        coalesce(h.name, {{ or_none('l.campaign_id') }}) as campaign_name,
        if(l.campaign_id is null, {{ or_none('l.channel') }}, {{ or_none('h.channel') }}) as channel,
        l.is_excluded is not true as is_counted
    from {{ ref('dim_leads') }} as l
    left join {{ ref('int_campaign_history') }} as h on l.campaign_id = h.campaign_id and {{ in_campaign_period('l.created_at', 'h') }}
),

happenings as (
    select lead_id, 'lead' as what, cast(null as double) as amount from places where is_counted
    union all
    select lead_id, 'mql', null from {{ ref('fct_mql_episodes') }}
    union all
    select lead_id, 'open_mql', null from {{ ref('fct_mql_episodes') }} where outcome = 'open'
    union all
    select lead_id, stage, null from {{ ref('int_stage_first_entries') }}
    union all
    select lead_id, 'pipeline', amount from {{ ref('fct_opportunities') }}
    union all
    select lead_id, 'open_pipeline', amount from {{ ref('fct_opportunities') }} where closed_at is null
    union all
    select lead_id, 'won', amount from {{ ref('int_won_opportunities') }}
),

facts as (
    select p.campaign_id, p.campaign_name, p.channel, h.what, h.amount
    from happenings as h
    inner join places as p on h.lead_id = p.lead_id

    union all

    select
        m.campaign_id,
        coalesce(h.name, m.campaign_id),
        {{ or_none('h.channel') }},
        unnest(if(m.has_responded, ['member', 'response'], ['member'])),
        null
    from {{ ref('int_campaign_touches') }} as m
    left join {{ ref('int_campaign_history') }} as h on m.campaign_id = h.campaign_id and {{ in_campaign_period('m.touched_at', 'h') }}

    union all

    select campaign_id, campaign_name, channel, 'cost', cost
    from {{ ref('int_campaign_costs') }}
),

details as (
    select
        campaign_id,
        campaign_name,
        channel,
        {%- for column, what in counts.items() %}
        count(*) filter (where what = '{{ what }}') as {{ column }},
        {%- endfor %}
        {%- for what in ['cost', 'pipeline', 'open_pipeline', 'won'] %}
        {{ exact_sum("if(what = '" ~ what ~ "', amount, null)") }} as {{ what }}{{ ',' if not loop.last }}
        {%- endfor %}
    from facts
    group by campaign_id, campaign_name, channel
),

-- What is known of the money behind a row: spent on this campaign, on its channel as a whole, or on several names or channels at once.
judged as (
    select
        *,
        count(cost) over (partition by campaign_id) > 0 as has_campaign_cost,
        bool_or(campaign_id = {{ undivided() }}) over (partition by channel) as has_channel_cost,
        bool_or(campaign_id = {{ undivided() }} and channel = {{ undivided() }}) over () as has_general_cost,
        bool_or({{ undivided() }} in (campaign_name, channel)) over (partition by campaign_id) as is_undivided,
        bool_or(campaign_id <> {{ undivided() }} and channel = {{ undivided() }}) over (partition by campaign_id) as is_undivided_channel
    from details
),

rolled as (
    select
        {{ or_all('campaign_id') }} as campaign_id,
        {{ or_all('campaign_name') }} as campaign_name,
        {{ or_all('channel') }} as channel,
        {%- for column in counts %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {%- endfor %}
        {%- for column in ['cost', 'pipeline', 'open_pipeline', 'won'] %}
        {{ exact_sum(column) }} as {{ column }},
        {%- endfor %}
        {%- for column in ['mqls', 'sqls', 'customers'] %}
        cast(coalesce(sum({{ column }}) filter (where has_campaign_cost or has_channel_cost), 0) as bigint) as costed_{{ column }},
        {%- endfor %}
        coalesce({{ exact_sum('if(has_campaign_cost or has_channel_cost, won, null)') }}, 0) as costed_won,
        bool_or(has_channel_cost) as has_channel_cost,
        bool_or(has_general_cost) as has_general_cost,
        bool_or(is_undivided) as is_undivided,
        bool_or(is_undivided_channel) as is_undivided_channel,
        grouping(campaign_id) = 1 as spans_campaigns,
        grouping(channel) = 1 as spans_channels
    from judged
    group by grouping sets ((campaign_id, campaign_name, channel), (campaign_id), (channel), ())
),

-- Counts that the cost of a row was spent on. Money spent on nobody knows what belongs to the whole alone, and so to all.
reasoned as (
    select
        * replace (
            {%- for column in ['mqls', 'sqls', 'customers'] %}
            if(spans_campaigns and spans_channels and has_general_cost, {{ column }}, costed_{{ column }}) as costed_{{ column }},
            {%- endfor %}
            if(spans_campaigns and spans_channels and has_general_cost, coalesce(won, 0), costed_won) as costed_won
        ),
        case
            when {{ undivided() }} in (campaign_id, channel) then 'undivided'
            when not spans_campaigns and not spans_channels and is_undivided then 'undivided'
            when spans_campaigns and not spans_channels and is_undivided_channel then 'undivided'
            when cost is null and has_channel_cost then 'undivided'
            when cost is null then 'unknown'
        end as cost_reason
    from rolled
)

select
    r.campaign_id,
    -- The row of a whole campaign bears its newest name.
    if(r.spans_channels and not r.spans_campaigns, coalesce(d.name, r.campaign_id), r.campaign_name) as campaign_name,
    r.channel,
    r.members,
    r.responses,
    r.leads,
    r.mqls,
    r.open_mqls,
    r.sqls,
    r.opportunities,
    r.customers,
    coalesce(r.pipeline, 0) as pipeline_amount,
    coalesce(r.open_pipeline, 0) as open_amount,
    coalesce(r.won, 0) as won_amount,
    r.cost,
    r.cost_reason,
    {%- for column in ['mqls', 'sqls', 'customers'] %}
    if(r.cost_reason is null, r.costed_{{ column }}, null) as costed_{{ column }},
    {%- endfor %}
    if(r.cost_reason is null, r.costed_won, null) as costed_won_amount,
    {%- for column in ['mqls', 'sqls', 'customers'] %}
    if(r.cost_reason is null, {{ ratio('r.cost', 'r.costed_' ~ column) }}, null) as cost_per_{{ column[:-1] }},
    {%- endfor %}
    if(r.cost_reason is null, {{ ratio('r.costed_won - r.cost', 'r.cost') }}, null) as roi
from reasoned as r
left join {{ ref('dim_campaigns') }} as d on r.campaign_id = d.campaign_id
