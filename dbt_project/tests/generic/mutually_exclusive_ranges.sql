{#
  A returned row is a half-open range [lower, upper) that is empty or overlaps the next one of its key.
  `partition_by`: a column or a list of them. A null lower bound means always, a null upper bound open.
#}
{% test mutually_exclusive_ranges(model, lower, upper, partition_by) %}
{%- set keys = partition_by if partition_by is string else partition_by | join(', ') %}
with ranges as (
    select
        {{ keys }},
        {{ lower }} as lower_bound,
        {{ upper }} as upper_bound,
        row_number() over by_key > 1 and {{ lower }} is null as is_second_without_start,
        row_number() over by_key as place,
        count(*) over (partition by {{ keys }}) as places,
        lead({{ lower }}) over by_key as next_lower_bound
    from {{ model }}
    window by_key as (partition by {{ keys }} order by {{ lower }} nulls first, {{ upper }} nulls last)
)

select *
from ranges
where upper_bound <= lower_bound
    or is_second_without_start
    or (place < places and (upper_bound is null or next_lower_bound < upper_bound))
{% endtest %}
