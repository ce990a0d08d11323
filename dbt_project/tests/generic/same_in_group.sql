{# A returned row is a group whose rows differ in `columns`. #}
{% test same_in_group(model, group, columns) %}
select {{ group }}
from {{ model }}
group by {{ group }}
having count(distinct row({{ columns | join(', ') }})) > 1
{% endtest %}
