-- One row per source record and period [valid_from, valid_to) in which its logged attributes did not change: after a
-- change holds the old value of the next one, after the last change the value on the record.
with
instants as (
    select record_key, created_at as valid_from from {{ ref('int_lead_records') }}
    union
    select c.record_key, greatest(c.changed_at, r.created_at)
    from {{ ref('int_lead_attribute_changes') }} as c
    inner join {{ ref('int_lead_records') }} as r on c.record_key = r.record_key
    where c.changed_at < {{ as_of_end() }}
),

replaced as (
    select
        i.record_key,
        i.valid_from,
        {%- for attribute in tracked_attributes() %}
        count(*) filter (where c.attribute = '{{ attribute }}') > 0 as is_{{ attribute }}_logged,
        nullif(arg_min(coalesce(c.old_value, ''), (c.changed_at, c.change_id)) filter (where c.attribute = '{{ attribute }}'), '')
            as logged_{{ attribute }},
        {%- endfor %}
        count(*) as later_changes
    from instants as i
    inner join {{ ref('int_lead_attribute_changes') }} as c on i.record_key = c.record_key and c.changed_at > i.valid_from
    group by i.record_key, i.valid_from
)

select
    i.record_key,
    i.valid_from,
    lead(i.valid_from) over (partition by i.record_key order by i.valid_from) as valid_to,
    {%- for attribute, type in tracked_attributes().items() %}
    case when c.is_{{ attribute }}_logged then try_cast(c.logged_{{ attribute }} as {{ type }}) else r.{{ attribute }} end
        as {{ attribute }},
    {%- endfor %}
    {%- for attribute in untracked_attributes() %}
    r.{{ attribute }},
    {%- endfor %}
    r.priority,
    r.created_at,
    r.record_key in (
        select l.record_key from {{ ref('int_lead_attribute_changes') }} as l where l.changed_at < {{ as_of_end() }}
    ) as is_logged
from instants as i
inner join {{ ref('int_lead_records') }} as r on i.record_key = r.record_key
left join replaced as c on i.record_key = c.record_key and i.valid_from = c.valid_from
