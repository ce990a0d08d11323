-- One row per record that came late: an extract that covers it lacks it, though it was made after the record's own time.
with
own_times as (
    select f.object, f.extracted_object, f.record_id, f.first_extracted_at, a.occurred_at, a.is_date_only,
        greatest(a.known_at, a.occurred_at) as known_at
    from {{ ref('int_first_extracts') }} as f
    inner join {{ ref('int_raw_activities') }} as a
        on f.object = a.object and f.record_id = coalesce(a.record_id, a.activity_id)
    where f.is_activity
    union all
    select object, extracted_object, record_id, first_extracted_at, recorded_at, is_date_only,
        if(is_date_only, {{ end_of_date('recorded_at') }}, recorded_at)
    from {{ ref('int_first_extracts') }}
    where not is_activity
)

select t.object, t.record_id, any_value(t.first_extracted_at) as known_from
from own_times as t
inner join {{ ref('int_extracts') }} as e
    on t.extracted_object = e.object
    and e.extracted_at < t.first_extracted_at
    and e.extracted_at >= t.known_at
    -- A date is covered where its whole day is.
    and (e.covers_from is null or e.covers_from <= if(t.is_date_only, {{ local_midnight('t.occurred_at') }}, t.occurred_at))
    and e.covers_to > if(t.is_date_only, {{ end_of_date('t.occurred_at') }}, t.occurred_at)
group by t.object, t.record_id
