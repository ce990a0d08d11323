-- One row per channel, campaign or rule (and all MQLs together) × reason, with `(all)` rows: what sales answered.
with
episodes as (
    select outcome, channel, campaign_id, coalesce(disqualified_reason, '(none)') as reason, qualified_by,
        list_distinct(list_transform(reasons, lambda part: part.rule_id)) as rules
    from {{ ref('fct_mql_episodes') }}
),

-- Rules in the reasons of an MQL, or the path it qualified by; that a sum below 0 counts as 0 is no rule.
ruled as (
    select unnest(list_filter(rules, lambda rule: rule <> 'floor')) as rule_id, outcome, reason from episodes
    union all
    select qualified_by, outcome, reason from episodes where qualified_by like 'path:%'
),

groups as (
    select '(all)' as dimension, '(all)' as value, outcome, reason from episodes
    union all
    select 'channel', {{ or_none('channel') }}, outcome, reason from episodes
    union all
    select 'campaign', {{ or_none('campaign_id') }}, outcome, reason from episodes
    union all
    select 'rule', rule_id, outcome, reason from ruled
),

totals as (
    select
        dimension,
        value,
        count(*) as mqls
        {%- for outcome in ['sql', 'disqualified', 'recycled', 'open', 'expired'] %},
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}
        {%- endfor %},
        sql + disqualified + recycled as answered
    from groups
    group by dimension, value
),

reasons as (
    select dimension, value, reason, count(*) as disqualified
    from groups
    where outcome = 'disqualified'
    group by dimension, value, reason
)

select
    dimension,
    value,
    '(all)' as reason,
    mqls,
    sql as accepted,
    disqualified,
    recycled,
    open,
    expired,
    answered,
    {{ ratio('sql', 'answered') }} as acceptance_rate,
    if(answered > 0, {{ wilson_low('sql', 'answered') }}, null) as acceptance_low,
    if(answered > 0, {{ wilson_high('sql', 'answered') }}, null) as acceptance_high,
    {{ ratio('disqualified', 'answered') }} as disqualified_rate,
    if(answered > 0, {{ wilson_low('disqualified', 'answered') }}, null) as disqualified_low,
    if(answered > 0, {{ wilson_high('disqualified', 'answered') }}, null) as disqualified_high
from totals

union all

-- Of all MQLs of the group that sales answered, those turned down for this reason.
select
    r.dimension,
    r.value,
    'for: ' || r.reason,
    t.mqls,
    null,
    r.disqualified,
    null,
    null,
    null,
    t.answered,
    null,
    null,
    null,
    {{ ratio('r.disqualified', 't.answered') }},
    {{ wilson_low('r.disqualified', 't.answered') }},
    {{ wilson_high('r.disqualified', 't.answered') }}
from reasons as r
inner join totals as t on r.dimension = t.dimension and r.value = t.value
