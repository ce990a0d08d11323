-- One row per step of a qualification path (seeds/qualification_paths.csv), numbered from 1 in the path, with the path's
-- minimums and validity [from_at, to_at).
select
    path_id,
    cast(row_number() over (partition by path_id order by step) as integer) as place,
    cast(count(*) over (partition by path_id) as integer) as steps,
    {{ parts('activity_type') }} as activity_types,
    coalesce(min_count, 1) as min_count,
    coalesce(ordered, false) as is_ordered,
    within_days,
    max(min_fit) over (partition by path_id) as min_fit,
    max(min_engagement) over (partition by path_id) as min_engagement,
    nullif(trim(channel), '') as channel,
    coalesce({{ local_midnight('valid_from') }}, timestamp '0001-01-01') as from_at,
    coalesce({{ local_midnight('valid_to') }}, timestamp '9999-12-31') as to_at
from {{ ref('qualification_paths') }}
