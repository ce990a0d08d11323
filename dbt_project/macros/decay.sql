{#
  Exponential decay without overflow. An activity of p points weighs p * 2^((occurred - reference) / half-life); the sum of
  weights at t times 2^(-(t - reference) / half-life) is the decayed score, so one running sum serves every instant.
  Half-lives of 10 days and more share one reference (2020-01-01: exponents stay below 1,023 for a century at 36 days, for
  28 years at 10). Shorter ones use blocks of 400 half-lives, each with its own reference and the carry of the block before;
  what is older has decayed below 2^-400.
#}

{# Decay groups: the distinct half-lives (none = no decay) of activity rules, apart for marketing and sales activity. #}
{% macro decay_groups() -%}
    {%- set rules = ref('int_scoring_rules') -%}
    {%- if execute -%}
        {%- set found = adapter.get_relation(database=rules.database, schema=rules.schema, identifier=rules.identifier) -%}
    {%- endif -%}
    {%- if not found -%}
        {{ return([{'half_life_days': 30.0, 'is_marketing': true}]) }}
    {%- endif -%}
    {%- set query -%}
        select distinct half_life_days, is_marketing
        from {{ found }}
        where kind in ('engagement', 'negative')
        order by half_life_days nulls last, is_marketing
    {%- endset -%}
    {%- set groups = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do groups.append({
            'half_life_days': (row[0] | float) if row[0] is not none else none, 'is_marketing': row[1]
        }) -%}
    {%- endfor -%}
    {{ return(groups) }}
{%- endmacro %}

{% macro _is_blocked(group) -%}
    {{ return(group.half_life_days is not none and group.half_life_days < 10) }}
{%- endmacro %}

{# Number of the block an instant lies in. #}
{% macro decay_block(at, group) -%}
    floor({{ days_between("timestamp '2020-01-01'", at) }} / {{ 400 * group.half_life_days }})
{%- endmacro %}

{# Half-lives from the reference of the block of `known_at` to `at`. #}
{% macro half_lives_since_reference(at, known_at, group) -%}
    ({{ days_between("timestamp '2020-01-01'", at) }} / {{ group.half_life_days }}
    {%- if _is_blocked(group) %} - 400 * {{ decay_block(known_at, group) }}{% endif %})
{%- endmacro %}

{# Weight of an activity in a decay group (null where its rule is of another group). #}
{% macro activity_weight(points, occurred_at, known_at, group) -%}
    case when is_marketing = {{ group.is_marketing }} and half_life_days is not distinct from {{ group.half_life_days if group.half_life_days is not none else 'null' }}
        then {{ points }}
        {%- if group.half_life_days is not none %} * pow(2.0, {{ half_lives_since_reference(occurred_at, known_at, group) }}){% endif %} end
{%- endmacro %}

{# Weight of a group's state of an instant, as if it were an activity of that instant. #}
{% macro state_weight(state, at, group) -%}
    {{ state }}
    {%- if group.half_life_days is not none %} * pow(2.0, {{ half_lives_since_reference(at, at, group) }}){% endif %}
{%- endmacro %}

{# Decayed sum of the weights of a lead's segment up to and including each instant; windows `life` and rows per instant. #}
{% macro decayed_state(weight, at, group) -%}
    {%- if group.half_life_days is none -%}
    sum({{ weight }}) over life
    {%- elif not _is_blocked(group) -%}
    sum({{ weight }}) over life * pow(2.0, -{{ half_lives_since_reference(at, at, group) }})
    {%- else -%}
    {#- By range: this window sorts the rows of one instant apart from `life`, so each of them must have them all. #}
    sum({{ weight }}) over (
        partition by lead_id, segment_number, {{ decay_block(at, group) }} order by {{ at }}
    ) * pow(2.0, -{{ half_lives_since_reference(at, at, group) }})
    + coalesce(sum({{ weight }}) over (
        partition by lead_id, segment_number order by {{ decay_block(at, group) }} range between 1 preceding and 1 preceding
    ), 0) * pow(2.0, -{{ half_lives_since_reference(at, at, group) }} - 400)
    {%- endif -%}
{%- endmacro %}

{# A group's state, decayed from the instant it was computed for to a later one. #}
{% macro state_decayed_to(state, state_at, at, group) -%}
    {{ state }}
    {%- if group.half_life_days is not none %} * pow(2.0, -{{ days_between(state_at, at) }} / {{ group.half_life_days }}){% endif %}
{%- endmacro %}

{# Engagement score at `at` from the states (state_0, state_1 …) of `alias`, computed for its scored_at; never below 0. #}
{% macro engagement_at(alias, at, marketing_only=false) -%}
    greatest(0.0, 0.0
    {%- for group in decay_groups() if group.is_marketing or not marketing_only %}
        + coalesce({{ state_decayed_to(alias ~ '.state_' ~ decay_groups().index(group), alias ~ '.scored_at', at, group) }}, 0)
    {%- endfor %})
{%- endmacro %}
