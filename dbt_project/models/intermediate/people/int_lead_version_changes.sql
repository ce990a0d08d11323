-- One row per attribute of a source record that differs between two successive versions of it, where no log covers that
-- attribute of the record.
with
held as (
    select record_key, versioned_at, unnest([
        {%- for attribute in record_attributes() %}
        {'attribute': '{{ attribute }}', 'value': cast({{ attribute }} as varchar)}{{ ',' if not loop.last }}
        {%- endfor %}
    ], recursive := true)
    from {{ ref('int_lead_record_versions') }}
),

successive as (
    select record_key, attribute, versioned_at as changed_at, value as new_value,
        lag(value) over versions as old_value,
        row_number() over versions as version_number
    from held
    window versions as (partition by record_key, attribute order by versioned_at)
)

select s.record_key, s.attribute, s.changed_at, s.old_value, s.new_value
from successive as s
anti join {{ ref('int_lead_attribute_changes') }} as logged
    on s.record_key = logged.record_key and s.attribute = logged.attribute
where s.version_number > 1 and s.old_value is distinct from s.new_value
