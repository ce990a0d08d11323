-- One row per scoring rule and qualification path (path:<path_id>), as it stands at the end of the as-of day.
with
paths as (
    select path_id, from_at, to_at, string_agg(array_to_string(activity_types, '|'), ' + ' order by place) as field
    from {{ ref('int_path_steps') }}
    group by path_id, from_at, to_at
),

versions as (
    select rule_id, kind, field, points, valid_from_at, valid_to_at from {{ ref('int_scoring_rules') }}
    union all
    select 'path:' || path_id, 'path', field, null, from_at, to_at from paths
),

-- The newest version that has begun speaks for the rule, else the first one to come.
ranked as (
    select
        *,
        {{ is_in_force_now('valid_from_at', 'valid_to_at') }} as is_in_force,
        valid_from_at < {{ as_of_end() }} as has_begun,
        row_number() over (
            partition by rule_id
            order by has_begun desc, if(has_begun, epoch_us(valid_from_at), -epoch_us(valid_from_at)) desc, valid_to_at desc
        ) as place
    from versions
)

select rule_id, kind, field, if(is_in_force, points, null) as points, is_in_force, has_begun
from ranked
where place = 1
