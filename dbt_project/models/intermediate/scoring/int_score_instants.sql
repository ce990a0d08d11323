-- One row per lead and scoring instant: when an activity, a change of attributes or another recorded score became known,
-- with the decayed score of each decay group (activity rules of one half-life) right after it.
-- depends_on: {{ ref('int_recorded_scores') }} whatever the setting: Dagster's graph is read before the settings are known
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads(keeps_older=true) }}') }}
{%- set groups = decay_groups() %}
with
arrivals as (
    select a.lead_id, a.segment_number, a.known_at as scored_at
        {%- for group in groups %},
        coalesce({{ activity_weight('points', 'occurred_at', 'known_at', group) }}, 0) as weight_{{ loop.index0 }}
        {%- endfor %},
        false as is_carried
    from {{ ref('fct_activities') }} as a
    {{ of_changed_leads('a', known_at='a.known_at') }}
    union all
    select h.lead_id, s.segment_number, h.valid_from
        {%- for group in groups %},
        0
        {%- endfor %},
        false
    from {{ ref('int_lead_history') }} as h
    {{ of_changed_leads('h', known_at='h.valid_from') }}
    inner join {{ ref('int_lead_segments') }} as s
        on h.lead_id = s.lead_id and h.valid_from >= s.starts_at and (s.ends_at is null or h.valid_from < s.ends_at)
    {%- if is_score_recorded() %}
    union all
    select r.lead_id, s.segment_number, r.known_at
        {%- for group in groups %},
        0
        {%- endfor %},
        false
    from {{ ref('int_recorded_scores') }} as r
    {{ of_changed_leads('r', known_at='r.known_at') }}
    inner join {{ ref('int_lead_segments') }} as s
        on r.lead_id = s.lead_id and r.known_at >= s.starts_at and (s.ends_at is null or r.known_at < s.ends_at)
    {%- endif %}
    {%- if is_carried() %}
    union all
    -- the state before new activities weighs like one activity of its instant
    select t.lead_id, arg_max(t.segment_number, t.scored_at), max(t.scored_at)
        {%- for group in groups %},
        {{ state_weight('arg_max(t.state_' ~ loop.index0 ~ ', t.scored_at)', 'max(t.scored_at)', group) }}
        {%- endfor %},
        true
    from {{ this }} as t
    semi join {{ ref('int_changed_leads') }} as changed on t.lead_id = changed.lead_id
    group by t.lead_id
    {%- endif %}
)

-- Of the rows of one instant the last one has it all.
select lead_id, segment_number, scored_at
    {%- for group in groups %},
    {{ decayed_state('weight_' ~ loop.index0, 'scored_at', group) }} as state_{{ loop.index0 }}
    {%- endfor %}
from arrivals
window life as (partition by lead_id, segment_number order by scored_at rows unbounded preceding)
qualify lead(scored_at) over life is distinct from scored_at and not is_carried
