-- One row per source, vendor type and detail in use: our activity type by the first matching row of seeds/activity_types.csv; null
-- where none matches.
with
details as (
    select distinct source, vendor_type, detail from {{ ref('int_raw_activities') }}
),

-- Patterns are tried last, and only on details of their type: a million addresses in details that no pattern asks for took minutes.
candidates as (
    select d.source, d.vendor_type, d.detail, t.activity_type, t.is_delivery, t.priority, t.pattern
    from details as d
    inner join {{ ref('activity_types') }} as t on d.source = t.source and d.vendor_type = t.vendor_type
    union all
    select d.source, d.vendor_type, d.detail, t.activity_type, t.is_delivery, t.priority, t.pattern
    from details as d
    inner join {{ ref('activity_types') }} as t on d.source = t.source and t.vendor_type is null
),

matches as (
    select source, vendor_type, detail, activity_type, is_delivery, priority
    from candidates
    where pattern is null or regexp_matches(lower(detail), pattern)
    union all
    select source, vendor_type, detail, null, null, null from details
)

select
    source,
    vendor_type,
    detail,
    arg_min(activity_type, (priority, activity_type)) filter (where activity_type is not null) as activity_type,
    arg_min(is_delivery, (priority, activity_type)) filter (where activity_type is not null) as is_delivery,
    coalesce(
        arg_min(activity_type, (priority, activity_type)) filter (where activity_type is not null) <> 'none', false
    ) as is_used
from matches
group by source, vendor_type, detail
