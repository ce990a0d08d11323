{# Query: each lead's newest segment, with the last instant of the as-of day as `at`. #}
{% macro newest_segments() -%}
    select lead_id, max(segment_number) as segment_number, {{ as_of_end() }} - interval 1 microsecond as at
    from {{ ref('int_lead_segments') }}
    group by lead_id
{%- endmacro %}

{#
  Query: what the score of every row of `relation` (lead_id, segment_number, `at`) is made of, each part as it stood at that
  instant: `keys`, rule_id, activity_id (null for fit), occurred_at, points. The parts of a row sum to its score. A recorded score is one part.
#}
{% macro score_parts(relation, at, keys) -%}
    {%- set kept = "e." ~ keys | join(", e.") -%}
    {#- whatever the setting, as in join_recorded_score -#}
    {%- for model in ['int_recorded_scores', 'int_lead_fit_rules', 'fct_activities'] -%}{%- do ref(model) -%}{%- endfor -%}
    {%- if is_score_recorded() -%}
    select {{ kept }}, 'recorded' as rule_id, cast(null as varchar) as activity_id, cast(null as timestamp) as occurred_at,
        coalesce(recorded.score, 0.0) as points
    from {{ relation }} as e
    {{ join_recorded_score('e.lead_id', 'e.' ~ at) }}
    {%- else -%}
    with
    fit_parts as (
        select {{ kept }}, r.rule_id, cast(null as varchar) as activity_id, cast(null as timestamp) as occurred_at,
            cast(r.points as double) as points
        from {{ relation }} as e
        inner join {{ ref('int_lead_fit_rules') }} as r
            on e.lead_id = r.lead_id and e.{{ at }} >= r.valid_from and (r.valid_to is null or e.{{ at }} < r.valid_to)
    ),

    activity_parts as materialized (
        select {{ kept }}, a.rule_id, a.activity_id, a.occurred_at,
            a.points * if(a.half_life_days is null, 1, pow(2.0, -{{ days_between('a.occurred_at', 'e.' ~ at) }} / a.half_life_days))
                as points
        from {{ relation }} as e
        inner join {{ ref('fct_activities') }} as a
            on e.lead_id = a.lead_id and e.segment_number = a.segment_number and a.known_at <= e.{{ at }}
        where a.rule_id is not null and a.points <> 0
    ),

    -- Engagement never falls below 0: what lifts a negative sum is a part of its own.
    floors as (
        select {{ keys | join(", ") }}, 'floor' as rule_id, cast(null as varchar) as activity_id,
            cast(null as timestamp) as occurred_at, -sum(points) as points
        from activity_parts
        group by {{ keys | join(", ") }}
        having sum(points) < 0
    )

    select * from fit_parts
    union all
    select * from activity_parts
    union all
    select * from floors
    {%- endif %}
{%- endmacro %}
