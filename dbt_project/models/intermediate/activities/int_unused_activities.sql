-- One row per raw table, vendor type and reason for which logged activities are not among int_activities; every one has one reason.
with
-- Few: what has no type of ours.
unusable as (
    select source, vendor_type, detail, if(activity_type is null, 'unknown_type', 'no_activity') as reason
    from {{ ref('int_activity_classes') }}
    where not is_used
),

judged as (
    select
        a.object,
        a.vendor_type,
        case
            when u.reason is not null then u.reason
            when a.record_key is null then 'no_person'
            when p.record_key is null then 'unknown_person'
            when p.is_person_deleted then 'deleted_person'
            when {{ known_at('a.known_at, a.occurred_at') }} >= {{ as_of_end() }} then 'not_yet_known'
        end as reason
    from {{ ref('int_raw_activities') }} as a
    left join unusable as u on a.source = u.source and a.vendor_type = u.vendor_type and a.detail = u.detail
    left join {{ ref('int_lead_identity') }} as p on a.record_key = p.record_key
    left join {{ ref('int_late_records') }} as late on a.object = late.object and coalesce(a.record_id, a.activity_id) = late.record_id
)

select object, vendor_type, reason, count(*) as records
from judged
where reason is not null
group by object, vendor_type, reason
