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
    -- minimums are of our fit and engagement: a recorded score has none
    {%- for minimum in ['min_fit', 'min_engagement'] %}
    {{ 'cast(null as double)' if is_score_recorded() else 'max(' ~ minimum ~ ') over (partition by path_id)' }} as {{ minimum }},
    {%- endfor %}
    nullif(trim(channel), '') as channel,
    coalesce({{ local_midnight('valid_from') }}, timestamp '0001-01-01') as from_at,
    coalesce({{ local_midnight('valid_to') }}, timestamp '9999-12-31') as to_at
from {{ ref('qualification_paths') }}
