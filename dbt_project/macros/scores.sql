{#
  Query: the rows of `relation` (of changed leads, where a model carries the others) with the segment in force at `at` as
  segment_number, and their own as own_segment_number: what is known only later can begin another segment. `known_at`: as in
  of_changed_leads.
#}
{% macro with_segment_in_force(relation, at, known_at=none) -%}
    select e.* exclude (segment_number), coalesce(g.segment_number, e.segment_number) as segment_number,
        e.segment_number as own_segment_number
    from (select r.* from {{ relation }} as r {{ of_changed_leads('r', known_at) }}) as e
    asof left join {{ ref('int_lead_segments') }} as g on e.lead_id = g.lead_id and e.{{ at }} >= g.starts_at
{%- endmacro %}

{#
  Query: every row of `relation` (lead_id, segment_number, `at`) with the lead's scores, channel, exclusion and threshold
  at that instant, from what was known by then.
#}
{% macro scores_at(relation, at) -%}
    {%- set engagement -%}
    if(i.segment_number = r.segment_number, {{ engagement_at('i', 'r.' ~ at) }}, 0)
    {%- endset -%}
    {%- set marketing_engagement -%}
    if(i.segment_number = r.segment_number, {{ engagement_at('i', 'r.' ~ at, marketing_only=true) }}, 0)
    {%- endset -%}
    select
        r.*,
        p.channel as lead_channel,
        coalesce(p.is_excluded, false) as is_excluded,
        p.excluded_reason,
        coalesce(p.fit_score, 0) as fit_score,
        {{ engagement }} as engagement_score,
        {{ marketing_engagement }} as marketing_engagement_score,
        {{ lead_score_from('coalesce(p.fit_score, 0)', engagement) }} as lead_score,
        {{ lead_score_from('coalesce(p.fit_score, 0)', marketing_engagement) }} as marketing_score,
        {{ score_is_as_of_export() }} as score_is_as_of_export,
        coalesce(c.threshold, g.threshold) as threshold,
        coalesce(strftime((
            select max(v.valid_from) from {{ ref('int_scoring_rules') }} as v where v.valid_from_at <= r.{{ at }}
        ), '%Y-%m-%d'), 'initial') as scoring_version
    from {{ relation }} as r
    asof left join {{ ref('int_lead_profile') }} as p on r.lead_id = p.lead_id and r.{{ at }} >= p.valid_from
    -- the newest instant by then; an asof join would sort all instants for a few rows
    left join (
        select q.lead_id, q.{{ at }}, max(s.scored_at) as scored_at
        from {{ relation }} as q
        inner join {{ ref('int_score_instants') }} as s on q.lead_id = s.lead_id and s.scored_at <= q.{{ at }}
        group by q.lead_id, q.{{ at }}
    ) as n on r.lead_id = n.lead_id and r.{{ at }} = n.{{ at }}
    {{ join_recorded_score('r.lead_id', 'r.' ~ at) }}
    left join {{ ref('int_score_instants') }} as i on n.lead_id = i.lead_id and n.scored_at = i.scored_at
    left join {{ ref('int_thresholds') }} as g on g.segment = 'global' and r.{{ at }} >= g.from_at and r.{{ at }} < g.to_at
    left join {{ ref('int_thresholds') }} as c
        on p.channel = c.segment and c.segment <> 'global' and r.{{ at }} >= c.from_at and r.{{ at }} < c.to_at
{%- endmacro %}

{# The score criteria of seeds/mql_thresholds.csv, with the tolerance of every decision. #}
{% macro meets(points, minimum) -%}
    ({{ points }} >= {{ minimum }} - 1e-9)
{%- endmacro %}
