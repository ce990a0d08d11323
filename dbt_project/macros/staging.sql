{#
  Newest version of each record that was known by the as-of day (`stamp` before its end); where only later versions
  were extracted, the oldest of those. Ties never depend on the order of loading. With `is_deleted`, a deleted copy wins
  among equal stamps, unless an extract known to be later has the record again.
#}
{% macro newest_version(key, stamp, is_deleted=none) -%}
qualify row_number() over (
    partition by {{ key }}
    order by
        coalesce({{ stamp }} < {{ as_of_end() }}, true) desc,
        case when {{ stamp }} < {{ as_of_end() }} then {{ stamp }} end desc nulls last,
        {{ stamp }} asc nulls last,
        {%- if is_deleted is not none %}
        coalesce({{ is_deleted }} and _extracted_at is null, false) desc,
        {%- endif %}
        _extracted_at desc nulls last,
        {%- if is_deleted is not none %}
        coalesce({{ is_deleted }}, false) desc,
        {%- endif %}
        _content,
        _file_hash,
        _record
) = 1
{%- endmacro %}

{# Body of a staging model of persons: of every record, the newest version known by the as-of day. #}
{% macro newest_copy(copies) -%}
select * exclude (versioned_at, _extracted_at, _content, _file_hash, _record)
from {{ ref(copies) }}
{{ newest_version('record_key', 'versioned_at') }}
{%- endmacro %}

{% macro clean_email(column) -%}
    nullif(lower(trim({{ column }})), '')
{%- endmacro %}

{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{# Key of a source record, as lead_id and source_ids use it. #}
{% macro record_key(vendor, object, id) -%}
    ('{{ vendor }}:{{ object }}:' || {{ id }})
{%- endmacro %}
