{# Number of the tumbling window of `window_days` days since 1970-01-01 that a day lies in; 0 where there is no window. #}
{% macro whole_windows(day, window_days) -%}
    coalesce(floor(date_diff('day', date '1970-01-01', {{ day }}) / {{ window_days }}), 0)
{%- endmacro %}

{# Rows (lead_id, valid_from, field, attribute_value as text) of the attributes that a rule or exclusion names. #}
{% macro unpivoted_attributes(relation) -%}
    (
        {%- for attribute in scored_attributes() %}
        select lead_id, valid_from, '{{ attribute }}' as field, nullif(trim(cast({{ attribute }} as varchar)), '') as attribute_value
        from {{ relation }}
        where '{{ attribute }}' in (select field from {{ ref('int_scoring_rules') }} where kind = 'fit' union select field from {{ ref('exclusions') }})
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# Attributes that are numbers or flags; all others are text. #}
{% macro number_attributes() -%}
    {{ return(['employee_count', 'annual_revenue', 'budget']) }}
{%- endmacro %}

{% macro flag_attributes() -%}
    {{ return(['is_free_mail', 'is_student']) }}
{%- endmacro %}

{#
  A text cast to what the attribute is, written one way, so that equal values are equal texts; null where it can't be cast. A flag
  is true (true, t, yes, y, 1) or false (false, f, no, n, 0), a number as DuckDB reads it; text is trimmed, in lower case.
#}
{% macro as_attribute(field, text) -%}
    case
        when {{ field }} in ('{{ number_attributes() | join("', '") }}') then cast(try_cast({{ text }} as double) + 0 as varchar)
        when {{ field }} in ('{{ flag_attributes() | join("', '") }}') then cast(try_cast(trim({{ text }}) as boolean) as varchar)
        else lower(trim({{ text }}))
    end
{%- endmacro %}

{# The test of one rule on one attribute value (text). Null, and a value that can't be cast, satisfy only is_null. #}
{% macro attribute_satisfies(field, attribute, operator, value) -%}
    case {{ operator }}
        when 'is_null' then {{ attribute }} is null
        when 'not_null' then {{ attribute }} is not null
        when 'eq' then {{ as_attribute(field, attribute) }} = {{ as_attribute(field, value) }}
        when 'ne' then {{ as_attribute(field, attribute) }} <> {{ as_attribute(field, value) }}
        when 'in' then list_contains(
            list_transform(string_split({{ value }}, '|'), lambda part: {{ as_attribute(field, 'part') }}),
            {{ as_attribute(field, attribute) }}
        )
        when 'gte' then try_cast({{ attribute }} as double) >= try_cast({{ value }} as double)
        when 'lte' then try_cast({{ attribute }} as double) <= try_cast({{ value }} as double)
        when 'contains' then contains(lower({{ attribute }}), lower(trim({{ value }})))
        when 'regex' then regexp_matches({{ attribute }}, {{ value }}, 'i')
    end
{%- endmacro %}

{# The parts of a text divided by bars, trimmed, without empty ones. #}
{% macro parts(text) -%}
    list_filter(list_transform(string_split({{ text }}, '|'), lambda part: trim(part)), lambda part: part <> '')
{%- endmacro %}

{# An instant; of a date-only value the first one of its reporting-zone day, for a comparison with validities of seeds. #}
{% macro beginning_of(at, is_date_only) -%}
    {%- if var('time_zone') == 'UTC' -%}
    {{ at }}
    {%- else -%}
    case when {{ is_date_only }} then {{ local_midnight(at) }} else {{ at }} end
    {%- endif -%}
{%- endmacro %}

{# Rows of int_activities (of changed leads, where a model carries the others) with segment, machine flag and the rule in force when each occurred. #}
{% macro ruled_activities(known_at=none) -%}
    select
        a.activity_id, a.lead_id, a.activity_type, a.occurred_at, a.known_at, a.is_date_only, a.channel, a.campaign_id,
        s.segment_number,
        b.activity_id is not null as is_bot,
        r.rule_id, r.points, r.half_life_days, r.max_count, r.window_days, r.is_marketing,
        {{ local_date('a.occurred_at', 'a.is_date_only') }} as occurred_on
    from {{ ref('int_activities') }} as a
    {{ of_changed_leads('a', known_at) }}
    inner join {{ ref('int_lead_segments') }} as s
        on a.lead_id = s.lead_id and a.known_at >= s.starts_at and (s.ends_at is null or a.known_at < s.ends_at)
    left join {{ ref('int_bot_activities') }} as b on a.activity_id = b.activity_id
    left join {{ ref('int_scoring_rules') }} as r
        on a.activity_type = r.field
        and r.kind in ('engagement', 'negative')
        and {{ beginning_of('a.occurred_at', 'a.is_date_only') }} >= r.valid_from_at
        and {{ beginning_of('a.occurred_at', 'a.is_date_only') }} < r.valid_to_at
{%- endmacro %}

{# A version is in force at the end of the as-of day. #}
{% macro is_in_force_now(from_at, to_at) -%}
    ({{ from_at }} < {{ as_of_end() }} and {{ to_at }} >= {{ as_of_end() }})
{%- endmacro %}

{#
  The most points that activities of one rule can be worth at one instant. Windows follow each other, so beside the full one that
  just ended, a new one may be full, and older ones still weigh what decay leaves of them. Infinite without a cap, or where windows
  add up without decay.
#}
{% macro most_points(points, max_count, window_days, half_life_days) -%}
    case
        when {{ max_count }} is null then cast('inf' as double)
        when {{ window_days }} is null or {{ max_count }} = 0 then {{ points }} * {{ max_count }}
        when {{ half_life_days }} is null then cast('inf' as double)
        else {{ points }} * {{ max_count }} * (1 + 1 / (1 - pow(2.0, -{{ window_days }} / {{ half_life_days }})))
    end
{%- endmacro %}
