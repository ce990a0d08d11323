-- One row per record that the first explicit extract of its object lacks and that is older than the extract before the first
-- one that holds it: those that may have come late. Of identical files the earliest time counts, in whatever order they were loaded.
with
files as (
    select x.object, x.file_hash, x.extracted_at, e.previous_extracted_at
    from (
        select vendor || '_' || object as object, file_hash, min(extracted_at) as extracted_at
        from {{ source('raw', '_extracts') }}
        group by all
    ) as x
    inner join {{ ref('int_extracts') }} as e on x.object = e.object and x.extracted_at = e.extracted_at
),

-- Copies first, so that what one extract holds, or was new in each, costs nothing.
{%- for dated in dated_objects() %}
{%- set table = dated.get('table', dated.object) %}
{{ dated.object }}_suspects as materialized (
    select distinct {{ dated.record_id }} as record_id
    from {{ source('raw', table) }} as r
    inner join files as f on r._file_hash = f.file_hash
    where f.object = '{{ table }}' and f.previous_extracted_at is not null and {{ dated.at }} <= f.previous_extracted_at
){{ ',' if not loop.last }}
{%- endfor %}

{%- for dated in dated_objects() %}
{%- set table = dated.get('table', dated.object) %}

select
    '{{ dated.object }}' as object,
    '{{ table }}' as extracted_object,
    {{ dated.record_id }} as record_id,
    min(f.extracted_at) as first_extracted_at,
    min({{ dated.at }}) as recorded_at,
    {{ 'coalesce(arg_min(' ~ dated.is_date ~ ', ' ~ dated.at ~ '), false)' if dated.is_date else 'false' }} as is_date_only,
    {{ 'true' if dated.is_activity else 'false' }} as is_activity
from {{ source('raw', table) }} as r
inner join files as f on r._file_hash = f.file_hash
where f.object = '{{ table }}' and {{ dated.record_id }} in (select s.record_id from {{ dated.object }}_suspects as s)
group by {{ dated.record_id }}
having bool_and(f.previous_extracted_at is not null and {{ dated.at }} <= f.previous_extracted_at)
{{- "\nunion all" if not loop.last }}
{%- endfor %}
