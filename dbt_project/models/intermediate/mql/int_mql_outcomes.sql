-- One row per MQL episode: its later stages and its outcome, as known by the as-of day.
{%- set horizon_end = "s.mql_at + interval " ~ horizon_days('mql_to_sql') ~ " day" %}
with
later as (
    select
        s.lead_id, s.episode_number, s.mql_at, s.next_mql_at, e.stage, e.entered_at, e.is_date_only, e.known_at, e.reason,
        {{ not_before('e.entered_at', 'e.is_date_only', 's.mql_at', 's.mql_at_is_date_only') }} as is_after,
        {{ not_before(horizon_end, 's.mql_at_is_date_only', 'e.entered_at', 'e.is_date_only') }} as is_within_horizon,
        s.next_mql_at is null
        or not {{ not_before('e.entered_at', 'e.is_date_only', 's.next_mql_at', 's.next_mql_at_is_date_only') }} as is_before_next
    from {{ ref('int_mql_starts') }} as s
    inner join {{ ref('int_segment_entries') }} as e on s.lead_id = e.lead_id and s.segment_number = e.segment_number
    where e.stage in ('sql', 'opportunity', 'customer', 'disqualified', 'recycled')
),

-- The first outcome in time: nothing else is before it; a date is not before any time of its day.
in_time as (
    select *,
        {{ local_date('entered_at', 'is_date_only') }} as entered_on,
        min(if(is_date_only, null, entered_at)) over (partition by lead_id, episode_number) as first_timed_at
    from later
    where stage in ('sql', 'disqualified', 'recycled') and is_after and is_within_horizon
),

firsts as (
    select lead_id, episode_number, arg_min({'outcome': stage, 'outcome_at': entered_at}, ({{ stage_rank('stage') }}, entered_at)) as first
    from (select *, min(entered_on) over (partition by lead_id, episode_number) as first_day from in_time)
    where entered_on = first_day and (is_date_only or entered_at = first_timed_at)
    group by lead_id, episode_number
),

reached as (
    select
        lead_id,
        episode_number,
        {%- for stage in ['sql', 'opportunity', 'customer'] %}
        min(entered_at) filter (where stage = '{{ stage }}' and is_after {{ 'and is_before_next' if stage != 'sql' }}) as {{ stage }}_after,
        min(entered_at) filter (where stage = '{{ stage }}' and not is_after) as {{ stage }}_before,
        arg_min(is_date_only, (not is_after, entered_at)) filter (where stage = '{{ stage }}' {{ 'and (is_before_next or not is_after)' if stage != 'sql' }})
            as {{ stage }}_at_is_date_only,
        {%- endfor %}
        min(entered_at) filter (where stage = 'disqualified' and is_after) as disqualified_at,
        arg_min(reason, entered_at) filter (where stage = 'disqualified' and is_after) as disqualified_reason,
        min(entered_at) filter (where stage = 'recycled' and is_after) as recycled_at,
        min(entered_at) filter (where stage = 'sql' and is_after and is_before_next) as late_sql_at,
        min(known_at) filter (
            where is_after and is_before_next and (stage = 'sql' or (stage in ('disqualified', 'recycled') and is_within_horizon))
        ) as outcome_known_at
    from later
    group by lead_id, episode_number
)

select
    s.*,
    {%- for stage in ['sql', 'opportunity', 'customer'] %}
    coalesce(r.{{ stage }}_after, r.{{ stage }}_before) as {{ stage }}_at,
    r.{{ stage }}_at_is_date_only,
    {%- endfor %}
    coalesce(r.sql_after is null and r.sql_before is not null, false) as is_bypass,
    r.disqualified_at,
    r.disqualified_reason,
    r.recycled_at,
    coalesce(
        f.first.outcome,
        if(r.late_sql_at is not null, 'sql', null),
        if({{ horizon_end }} < {{ as_of_end() }} - interval 1 microsecond, 'expired', 'open')
    ) as outcome,
    coalesce(f.first.outcome_at, r.late_sql_at) as outcome_at,
    r.outcome_known_at
from {{ ref('int_mql_starts') }} as s
left join reached as r on s.lead_id = r.lead_id and s.episode_number = r.episode_number
left join firsts as f on s.lead_id = f.lead_id and s.episode_number = f.episode_number
