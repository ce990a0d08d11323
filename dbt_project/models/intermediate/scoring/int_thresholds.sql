-- One row per segment (global or a channel) and period [from_at, to_at) with the threshold in force; a channel's blank
-- threshold means that it follows global again. Minimums are of our fit and engagement: a recorded score has none.
with
decided as (
    select segment, threshold,
        {%- for minimum in ['min_fit', 'min_engagement'] %}
        {{ 'cast(null as double)' if is_score_recorded() else minimum }} as {{ minimum }},
        {%- endfor %}
        coalesce({{ local_midnight('effective_from') }}, timestamp '0001-01-01') as from_at, row_in_file
    from {{ ref('int_threshold_rows') }}
    qualify row_number() over (partition by segment, from_at order by row_in_file desc) = 1
)

select segment, threshold, min_fit, min_engagement, from_at,
    lead(from_at, 1, timestamp '9999-12-31') over (partition by segment order by from_at) as to_at
from decided
