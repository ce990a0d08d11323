{# A returned row holds a share outside [0, 1]; null passes. #}
{% test between_0_and_1(model, column_name) %}
select *
from {{ model }}
where {{ column_name }} not between 0 and 1
{% endtest %}
