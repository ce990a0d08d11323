-- One row per source record and period [valid_from, valid_to) in which its attributes did not change: after a change holds
-- the old value of the next one, after the last change the value on the record; what a contact lacks, its company gives.
with
changes as (
    select record_key, attribute, changed_at, change_id, old_value, true as is_logged
    from {{ ref('int_lead_attribute_changes') }}
    where attribute <> 'recorded_score'
    union all by name
    select record_key, attribute, changed_at, '' as change_id, old_value, false as is_logged
    from {{ ref('int_lead_version_changes') }}
),

instants as (
    select record_key, valid_from, bool_or(is_logged) as is_logged, bool_or(is_versioned) as is_versioned
    from (
        select record_key, created_at as valid_from, false as is_logged, false as is_versioned
        from {{ ref('int_lead_records') }}
        union all
        select c.record_key, greatest(c.changed_at, r.created_at), c.is_logged, not c.is_logged
        from changes as c
        inner join {{ ref('int_lead_records') }} as r on c.record_key = r.record_key
        where c.changed_at < {{ as_of_end() }}
    )
    group by record_key, valid_from
),

replaced as (
    select
        i.record_key,
        i.valid_from,
        {%- for attribute in record_attributes() %}
        count(*) filter (where c.attribute = '{{ attribute }}') > 0 as is_{{ attribute }}_replaced,
        nullif(arg_min(coalesce(c.old_value, ''), (c.changed_at, c.change_id)) filter (where c.attribute = '{{ attribute }}'), '')
            as replaced_{{ attribute }},
        {%- endfor %}
        count(*) as later_changes
    from instants as i
    inner join changes as c on i.record_key = c.record_key and c.changed_at > i.valid_from
    group by i.record_key, i.valid_from
)

select
    i.record_key,
    i.valid_from,
    lead(i.valid_from) over (partition by i.record_key order by i.valid_from) as valid_to,
    {%- for attribute, type in record_attributes().items() %}
    {%- set held -%}
    case when c.is_{{ attribute }}_replaced then try_cast(c.replaced_{{ attribute }} as {{ type }}) else r.{{ attribute }} end
    {%- endset %}
    {{ 'coalesce(' ~ held ~ ', company.' ~ attribute ~ ')' if attribute in account_attributes() else held }} as {{ attribute }},
    {%- endfor %}
    r.priority,
    r.created_at,
    -- a log tells what was before, too; versions tell nothing about the time before the second of them
    bool_or(i.is_logged) over (partition by i.record_key)
        or bool_or(i.is_versioned) over (partition by i.record_key order by i.valid_from) as is_logged
from instants as i
inner join {{ ref('int_lead_records') }} as r on i.record_key = r.record_key
left join replaced as c on i.record_key = c.record_key and i.valid_from = c.valid_from
left join {{ ref('int_accounts') }} as company on r.record_type = 'hubspot_contact' and r.account_id = company.account_id
