{# A returned row lists (divided by bars) an activity type that does not exist, or none at all. #}
{% test known_activity_types(model, column_name) %}
select row_text, listed
from (
    select {{ column_name }} as row_text, unnest(if(len({{ parts(column_name) }}) = 0, [''], {{ parts(column_name) }})) as listed
    from {{ model }}
)
where listed not in (select activity_type from {{ ref('activity_types') }})
{% endtest %}
