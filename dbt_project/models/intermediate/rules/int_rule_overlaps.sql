-- One row per scoring rule that shares MQL episodes with another one: the rule it shares most with (Jaccard index).
with
counts as (
    select rule_id, count(*) as mqls from {{ ref('int_rule_mqls') }} where rule_id not like 'path:%' group by rule_id
),

pairs as (
    select a.rule_id, b.rule_id as other_rule_id, count(*) as shared
    from {{ ref('int_rule_mqls') }} as a
    inner join {{ ref('int_rule_mqls') }} as b on a.mql_episode_id = b.mql_episode_id and a.rule_id <> b.rule_id
    where a.rule_id not like 'path:%' and b.rule_id not like 'path:%'
    group by a.rule_id, b.rule_id
)

select p.rule_id, p.other_rule_id as redundant_with, {{ ratio('p.shared', 'c.mqls + o.mqls - p.shared') }} as overlap
from pairs as p
inner join counts as c on p.rule_id = c.rule_id
inner join counts as o on p.other_rule_id = o.rule_id
qualify row_number() over (partition by p.rule_id order by overlap desc, p.other_rule_id) = 1
