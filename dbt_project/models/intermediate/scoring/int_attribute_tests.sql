-- One row per field, value and condition (of fit rules and exclusions) that the value satisfies.
with
conditions as (
    select field, operator, value from {{ ref('int_scoring_rules') }} where kind = 'fit'
    union
    select field, operator, value from {{ ref('exclusions') }}
),

attribute_values as (
    select distinct field, attribute_value
    from {{ unpivoted_attributes(ref('int_lead_attribute_periods')) }}
)

select v.field, v.attribute_value, c.operator, c.value
from attribute_values as v
inner join conditions as c on v.field = c.field
where {{ attribute_satisfies('v.field', 'v.attribute_value', 'c.operator', 'c.value') }}
