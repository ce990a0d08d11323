-- One row per lead and period [valid_from, …) in which an exclusion holds: all rows of its exclusion_id do.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
periods as not materialized (
    select p.* from {{ ref('int_lead_attribute_periods') }} as p {{ of_changed_leads('p') }}
),

needed as (
    select exclusion_id, min(reason) as reason, count(*) as conditions from {{ ref('exclusions') }} group by exclusion_id
),

held as (
    select a.lead_id, a.valid_from, e.exclusion_id, count(*) as conditions
    from {{ unpivoted_attributes('periods') }} as a
    inner join {{ ref('int_attribute_tests') }} as t
        on a.field = t.field and a.attribute_value is not distinct from t.attribute_value
    inner join {{ ref('exclusions') }} as e
        on a.field = e.field and t.operator = e.operator and t.value is not distinct from e.value
        and a.valid_from >= coalesce({{ local_midnight('e.valid_from') }}, timestamp '0001-01-01')
        and a.valid_from < coalesce({{ local_midnight('e.valid_to') }}, timestamp '9999-12-31')
    group by a.lead_id, a.valid_from, e.exclusion_id
)

select h.lead_id, h.valid_from, arg_min(n.reason, h.exclusion_id) as excluded_reason
from held as h
inner join needed as n on h.exclusion_id = n.exclusion_id and h.conditions = n.conditions
group by h.lead_id, h.valid_from
