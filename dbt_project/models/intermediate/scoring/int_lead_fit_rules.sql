-- One row per lead, period [valid_from, valid_to) and fit rule that holds in it.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
periods as not materialized (
    select p.* from {{ ref('int_lead_attribute_periods') }} as p {{ of_changed_leads('p') }}
)

select p.lead_id, p.valid_from, p.valid_to, r.rule_id, r.points
from {{ unpivoted_attributes('periods') }} as a
inner join {{ ref('int_attribute_tests') }} as t
    on a.field = t.field and a.attribute_value is not distinct from t.attribute_value
inner join {{ ref('int_scoring_rules') }} as r
    on r.kind = 'fit' and a.field = r.field and t.operator = r.operator and t.value is not distinct from r.value
    and a.valid_from >= r.valid_from_at and a.valid_from < r.valid_to_at
inner join periods as p on a.lead_id = p.lead_id and a.valid_from = p.valid_from
