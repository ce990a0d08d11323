{# Query: what is wrong with single rows of a seed. `checks`: (SQL that is true where it is wrong, what is wrong, what to do). #}
{% macro wrong_rows(seed, id, checks) -%}
    select format('{}.csv, {}: {}', '{{ seed }}', coalesce({{ id }}, 'a row without {{ id }}'), problem) as problem, fix
    from (
        select {{ id }}, unnest([
            {%- for is_wrong, problem, fix in checks %}
            {'is_wrong': {{ is_wrong }}, 'problem': {{ problem }}, 'fix': {{ fix }}}{{ ',' if not loop.last }}
            {%- endfor %}
        ], max_depth := 2)
        from {{ ref(seed) }}
    )
    where is_wrong
{%- endmacro %}

{# Checks of a condition on an attribute (field, operator, value); `applies` limits them to some rows. #}
{% macro condition_checks(applies='true') -%}
    {%- set with_value = ['eq', 'ne', 'in', 'gte', 'lte', 'contains', 'regex'] -%}
    {%- set without_value = ['is_null', 'not_null'] -%}
    {{ return([
        (
            applies ~ " and (field is null or field not in ('" ~ scored_attributes() | join("', '") ~ "'))",
            "format('field {} is no attribute', coalesce(field, '(blank)'))",
            "'use one of " ~ scored_attributes() | join(', ') ~ "'",
        ),
        (
            applies ~ " and (operator is null or operator not in ('" ~ (with_value + without_value) | join("', '") ~ "'))",
            "format('operator {} does not exist', coalesce(operator, '(blank)'))",
            "'use one of " ~ (with_value + without_value) | join(', ') ~ "'",
        ),
        (
            applies ~ " and operator in ('" ~ with_value | join("', '") ~ "') and coalesce(trim(value), '') = ''",
            "format('operator {} has nothing to compare with', operator)",
            "'fill value, or use is_null or not_null'",
        ),
        (
            applies ~ " and operator = 'regex' and value is not null and try(regexp_matches('', value, 'i')) is null",
            "format('value {} is no regular expression that RE2 can read', value)",
            "'correct the pattern (RE2 has no look-ahead, look-behind or back-references)'",
        ),
    ]) }}
{%- endmacro %}

{# Check that a column lists, divided by bars, activity types that exist. #}
{% macro activity_types_check(column, applies='true') -%}
    {%- set known = "(select list(activity_type) from " ~ ref('activity_types') ~ " where activity_type <> 'none')" -%}
    {{ return((
        applies ~ " and (len(coalesce(" ~ parts(column) ~ ", [])) = 0 or not list_has_all(" ~ known ~ ", " ~ parts(column) ~ "))",
        "format('" ~ column ~ " {} names no known activity type, or one that does not exist', coalesce(" ~ column ~ ", '(blank)'))",
        "'use the types of activity_types.csv'",
    )) }}
{%- endmacro %}

{# Query: groups of a seed whose rows differ in what they must share. #}
{% macro differing_groups(seed, id, columns) -%}
    select format('{}.csv, {}: its rows differ in {}', '{{ seed }}', {{ id }}, '{{ columns | join(", ") }}') as problem,
        'give all rows of one {{ id }} the same values there' as fix
    from {{ ref(seed) }}
    group by {{ id }}
    having count(distinct row({{ columns | join(', ') }})) > 1
{%- endmacro %}
