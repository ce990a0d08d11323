-- One row per object and explicit extract time: the period the extract covers (files of one object and time are one extract).
with
files as (
    select vendor || '_' || object as object, extracted_at, file_hash, covers_from, covers_to, coalesce(is_full, false) as is_full
    from {{ source('raw', '_extracts') }}
    where extracted_at is not null
),

-- Where neither a manifest says since when an extract covers nor that it is full: since its own earliest record.
earliest as (
    {%- for table, at in dated_tables().items() %}
    select f.object, f.extracted_at, min({{ at }}) as record_at
    from {{ source('raw', table) }} as r
    inner join files as f on r._file_hash = f.file_hash
    where f.object = '{{ table }}' and f.covers_from is null and not f.is_full
    group by f.object, f.extracted_at
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
)

select
    f.object,
    f.extracted_at,
    -- null: since ever; an extract without a record covers nothing
    case when not bool_or(f.is_full and f.covers_from is null)
        then coalesce(min(coalesce(f.covers_from, e.record_at)), f.extracted_at) end as covers_from,
    max(coalesce(f.covers_to, f.extracted_at)) as covers_to,
    lag(f.extracted_at) over (partition by f.object order by f.extracted_at) as previous_extracted_at
from files as f
left join earliest as e on f.object = e.object and f.extracted_at = e.extracted_at
group by f.object, f.extracted_at
