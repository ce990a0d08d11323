-- One row per segment × effective period of its threshold (half-open).
with known as (
    select *
    from {{ ref('int_threshold_rows') }}
    -- A later acceptance of a later threshold was not known as of this day.
    where effective_from is null
        or effective_from <= {{ as_of_day() }}
        or accepted_at is null
        or accepted_at < {{ as_of_end() }}
),

-- Of rows of one day the lower in the file counts.
in_force as (
    select *
    from known
    qualify row_number() over (partition by segment, effective_from order by row_in_file desc) = 1
)

select
    segment,
    threshold,
    min_fit,
    min_engagement,
    {{ local_midnight('effective_from') }} as effective_from,
    {{ local_midnight('lead(effective_from) over (partition by segment order by effective_from nulls first)') }}
        as effective_to,
    accepted_at,
    accepted_by,
    suggestion_id,
    note
from in_force
