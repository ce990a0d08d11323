-- One row per fit rule version that has not ended and value satisfying it: of those known, and those the rules themselves name.
{%- set numbers, flags = number_attributes(), flag_attributes() %}
with
rules as (
    select rule_id, field, operator, value, points, valid_from_at, valid_to_at,
        {{ is_in_force_now('valid_from_at', 'valid_to_at') }} as is_in_force
    from {{ ref('int_scoring_rules') }}
    where kind = 'fit' and valid_from_at < valid_to_at and valid_to_at >= {{ as_of_end() }}
),

named as (
    select field, trim(unnest(list_append(string_split(value, '|'), value))) as attribute_value from rules where value is not null
),

candidates as (
    select field, attribute_value from {{ ref('int_attribute_tests') }}
    union
    select field, attribute_value from named where attribute_value <> ''
    union
    -- beside a number, so that ne and lte find one
    select field, cast(unnest([try_cast(attribute_value as double) - 1, try_cast(attribute_value as double) + 1]) as varchar)
    from named
    where field in ('{{ numbers | join("', '") }}') and try_cast(attribute_value as double) is not null
    union
    select field, unnest(if(field in ('{{ flags | join("', '") }}'), ['true', 'false', null], ['~', null])) from rules
),

-- A number or flag has no other values.
possible as (
    select field, attribute_value
    from candidates
    where attribute_value is null
        or case
            when field in ('{{ numbers | join("', '") }}') then try_cast(attribute_value as double) is not null
            when field in ('{{ flags | join("', '") }}') then attribute_value in ('true', 'false')
            else true
        end
),

satisfied as (
    select r.rule_id, r.valid_from_at, r.is_in_force, r.field, p.attribute_value, r.points
    from rules as r
    inner join possible as p on r.field = p.field
    where {{ attribute_satisfies('r.field', 'p.attribute_value', 'r.operator', 'r.value') }}
)

select * from satisfied
union all
-- Some text satisfies a pattern even where none that is known does.
select rule_id, valid_from_at, is_in_force, field, '~ ' || value, points
from rules as r
where operator = 'regex'
    and not exists (select 1 from satisfied as s where s.rule_id = r.rule_id and s.valid_from_at = r.valid_from_at)
