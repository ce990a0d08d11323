-- One row per scoring rule and qualification path (path:<path_id>), and one for all MQLs `(all)`: what it did by the as-of day.
{%- set dead_after_days = 180 %}
with
episodes as (
    select entry_id as mql_episode_id, is_converted, g
    from ({{ entries_with_g() }})
    where step = 'mql_to_sql'
),

totals as (
    select
        count(*) as mqls,
        count(*) filter (where is_converted) as sqls,
        coalesce(sum(cast(g as decimal(18, 15))), 0) as seen,
        (select count(distinct mql_episode_id) from {{ ref('int_rule_mqls') }} where is_by_score) as mqls_by_score,
        (select count(distinct mql_episode_id) from {{ ref('int_rule_mqls') }} where is_by_opens_only) as mqls_by_opens_only
    from episodes
),

standing as (
    select
        m.rule_id,
        count(*) as mqls,
        count(*) filter (where m.is_by_score) as mqls_by_score,
        count(*) filter (where m.is_tipped_over) as mqls_tipped_over,
        count(*) filter (where m.is_by_opens_only) as mqls_by_opens_only,
        count(*) filter (where e.is_converted) as sqls,
        sum(cast(e.g as decimal(18, 15))) as seen
    from {{ ref('int_rule_mqls') }} as m
    inner join episodes as e on m.mql_episode_id = e.mql_episode_id
    group by m.rule_id
),

sides as (
    select
        r.rule_id,
        r.kind,
        r.field,
        r.points,
        r.is_in_force,
        coalesce(f.leads_fired, 0) as leads_fired,
        coalesce(f.times_fired, 0) as times_fired,
        if(r.kind = 'path', null, coalesce(f.points_given, 0)) as points_given,
        f.last_fired_at,
        r.has_begun and (
            coalesce(f.last_fired_at < {{ as_of_end() }} - interval {{ dead_after_days }} day, true) or n.rule_id is not null
        ) as is_dead,
        coalesce(s.mqls, 0) as mqls,
        coalesce(s.mqls_by_score, 0) as mqls_by_score,
        coalesce(s.mqls_tipped_over, 0) as mqls_tipped_over,
        if(r.kind <> 'fit' and r.field = 'email_open', coalesce(s.mqls_by_opens_only, 0), null) as mqls_by_opens_only,
        coalesce(s.sqls, 0) as sqls,
        coalesce(s.seen, 0) as seen,
        t.mqls - coalesce(s.mqls, 0) as mqls_without,
        t.sqls - coalesce(s.sqls, 0) as sqls_without,
        t.seen - coalesce(s.seen, 0) as seen_without,
        o.redundant_with,
        o.overlap,
        f.points_with_outcome,
        {{ ratio('f.points_after_outcome', 'f.points_with_outcome') }} as share_after_outcome
    from {{ ref('int_rules') }} as r
    cross join totals as t
    left join {{ ref('int_rule_firings') }} as f on r.rule_id = f.rule_id
    left join standing as s on r.rule_id = s.rule_id
    left join {{ ref('int_rule_overlaps') }} as o on r.rule_id = o.rule_id
    left join {{ ref('int_unfireable_rules') }} as n on r.rule_id = n.rule_id
    union all by name
    select '(all)' as rule_id, '(all)' as kind, mqls, mqls_by_score, mqls_by_opens_only, sqls, seen from totals
),

rates as (
    select
        *,
        cast(seen as double) / nullif(mqls, 0) as completeness,
        cast(seen_without as double) / nullif(mqls_without, 0) as completeness_without,
        {%- for side in ['', '_without'] %}
        {%- set k, n, completeness = 'sqls' ~ side, 'mqls' ~ side, 'completeness' ~ side %}
        {{ projected(ratio(k, n), completeness) }} as rate{{ side or '_with' }},
        {{ projected(wilson_low(k, n), completeness) }} as {{ (side or '_with')[1:] }}_low,
        {{ projected(wilson_high(k, n), completeness) }} as {{ (side or '_with')[1:] }}_high{{ ',' if not loop.last }}
        {%- endfor %}
    from sides
),

-- The interval of a difference from the intervals of its two rates (Newcombe's square-and-add).
compared as (
    select
        *,
        rate_with - rate_without as rate_difference,
        rate_difference - sqrt(pow(rate_with - with_low, 2) + pow(without_high - rate_without, 2)) as difference_low,
        rate_difference + sqrt(pow(with_high - rate_with, 2) + pow(rate_without - without_low, 2)) as difference_high
    from rates
)

select
    rule_id,
    kind,
    field,
    points,
    is_in_force,
    leads_fired,
    times_fired,
    points_given,
    last_fired_at,
    is_dead,
    mqls,
    mqls_by_score,
    mqls_tipped_over,
    sqls,
    completeness,
    rate_with,
    with_low,
    with_high,
    mqls_without,
    sqls_without,
    completeness_without,
    rate_without,
    without_low,
    without_high,
    rate_difference,
    difference_low,
    difference_high,
    difference_low > 0 or difference_high < 0 as is_distinguishable,
    redundant_with,
    overlap,
    points_with_outcome,
    share_after_outcome,
    mqls_by_opens_only
from compared
