-- One row per source, vendor type and detail in use: our activity type by the first matching row of seeds/activity_types.csv; null
-- where none matches.
with
details as (
    select distinct source, vendor_type, detail from {{ ref('int_raw_activities') }}
)

select
    d.source,
    d.vendor_type,
    d.detail,
    arg_min(t.activity_type, (t.priority, t.activity_type)) as activity_type,
    arg_min(t.is_delivery, (t.priority, t.activity_type)) as is_delivery,
    coalesce(arg_min(t.activity_type, (t.priority, t.activity_type)) <> 'none', false) as is_used
from details as d
left join {{ ref('activity_types') }} as t
    on d.source = t.source
    and (t.vendor_type is null or d.vendor_type = t.vendor_type)
    and (t.pattern is null or regexp_matches(lower(d.detail), t.pattern))
group by d.source, d.vendor_type, d.detail
