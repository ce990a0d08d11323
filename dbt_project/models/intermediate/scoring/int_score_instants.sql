-- One row per lead and scoring instant: when an activity or a change of attributes became known, with the decayed score
-- of each decay group (activity rules of one half-life) right after it.
{%- set groups = decay_groups() %}
with
arrivals as (
    select lead_id, segment_number, known_at as scored_at
        {%- for group in groups %},
        {{ activity_weight('points', 'occurred_at', 'known_at', group) }} as weight_{{ loop.index0 }}
        {%- endfor %}
    from {{ ref('int_scored_activities') }}
    union all by name
    select h.lead_id, s.segment_number, h.valid_from as scored_at
    from {{ ref('int_lead_history') }} as h
    inner join {{ ref('int_lead_segments') }} as s
        on h.lead_id = s.lead_id and h.valid_from >= s.starts_at and (s.ends_at is null or h.valid_from < s.ends_at)
),

instants as (
    select lead_id, segment_number, scored_at
        {%- for group in groups %},
        coalesce(sum(weight_{{ loop.index0 }}), 0) as weight_{{ loop.index0 }}
        {%- endfor %}
    from arrivals
    group by lead_id, segment_number, scored_at
)

select lead_id, segment_number, scored_at
    {%- for group in groups %},
    {{ decayed_state('weight_' ~ loop.index0, 'scored_at', group) }} as state_{{ loop.index0 }}
    {%- endfor %}
from instants
window life as (partition by lead_id, segment_number order by scored_at rows unbounded preceding)
