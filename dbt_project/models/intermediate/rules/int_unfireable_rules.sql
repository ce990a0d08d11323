-- One row per scoring rule, path (path:<path_id>) and gate (gate:<channel>) that nothing known can ever fire or open.
{%- set least_basis = 100 %}
with
types as (
    select list(distinct activity_type) as known, count(*) >= {{ least_basis }} as is_enough from {{ ref('fct_activities') }}
),

newest as (
    select * from {{ ref('int_lead_attribute_periods') }} where valid_to is null
),

attributes as (
    select field, count(attribute_value) as leads from {{ unpivoted_attributes('newest') }} group by field
),

-- Versions that have not ended; those that are never in force are another matter.
versions as (
    select * from {{ ref('int_scoring_rules') }} where valid_from_at < valid_to_at and valid_to_at >= {{ as_of_end() }}
),

causes as (
    select
        v.rule_id,
        v.field,
        a.leads,
        case
            when v.kind = 'fit' and not exists (
                select 1 from {{ ref('int_fit_rule_values') }} as f where f.rule_id = v.rule_id and f.valid_from_at = v.valid_from_at
            ) then 'impossible_value'
            when v.kind = 'fit' and a.leads >= {{ least_basis }} and not exists (
                select 1
                from {{ ref('int_attribute_tests') }} as s
                where s.field = v.field and s.operator = v.operator and s.value is not distinct from v.value
            ) then 'unknown_value'
            when v.kind <> 'fit' and t.is_enough and not list_contains(t.known, v.field) then 'no_activity'
        end as cause
    from versions as v
    cross join types as t
    left join attributes as a on v.field = a.field and v.kind = 'fit'
),

steps as (
    select 'path:' || path_id as rule_id, activity_types, place
    from {{ ref('int_path_steps') }}
    where from_at < to_at and to_at >= {{ as_of_end() }}
    union all
    select 'gate:' || coalesce(channel, '(every channel)'), list(activity_type order by activity_type), gate_number
    from {{ ref('int_channel_gates') }}
    where from_at < to_at and to_at >= {{ as_of_end() }}
    group by channel, gate_number
)

select rule_id, min(cause) as cause, arg_min(field, (cause, field)) as subject, arg_min(leads, (cause, field)) as leads
from causes
group by rule_id
having bool_and(cause is not null)

union all

-- One step that nothing serves is enough.
select s.rule_id, 'no_activity', array_to_string(arg_min(s.activity_types, s.place), ' or '), null
from steps as s
cross join types as t
where t.is_enough and not list_has_any(s.activity_types, t.known)
group by s.rule_id
