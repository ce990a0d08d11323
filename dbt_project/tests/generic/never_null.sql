{# A returned row lacks a value in one of `columns`. One test a model, not one a column: a run pays for every test. #}
{% test never_null(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
