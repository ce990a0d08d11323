-- One row per hand-off of a lead that is not excluded: whose it is, when a call or meeting was due, when the first one came, and what became of it.
with
handoffs as (
    select *,
        {{ waits_from('handed_off_at', 'is_date_only') }} as waits_from,
        least(sql_at, closed_at) as decided_at,
        if(sql_at <= closed_at or closed_at is null, sql_at_is_date_only, closed_at_is_date_only) as decided_is_date_only,
        lead(handed_off_at) over (partition by lead_id order by handed_off_at, segment_number) as next_handed_off_at,
        lead(is_date_only) over (partition by lead_id order by handed_off_at, segment_number) as next_is_date_only
    from {{ ref('int_handoffs') }}
),

-- A touch answers the last hand-off before it, unless that one had been decided on already.
touches as (
    select
        h.lead_id,
        h.segment_number,
        arg_min(
            {'touched_at': a.occurred_at, 'is_date_only': a.is_date_only},
            ({{ local_date('a.occurred_at', 'a.is_date_only') }}, a.is_date_only, a.occurred_at)
        ) as first
    from handoffs as h
    inner join {{ ref('int_sales_touches') }} as a
        on h.lead_id = a.lead_id
        and {{ not_before('a.occurred_at', 'a.is_date_only', 'h.handed_off_at', 'h.is_date_only') }}
    where (h.next_handed_off_at is null
            or not {{ not_before('a.occurred_at', 'a.is_date_only', 'h.next_handed_off_at', 'h.next_is_date_only') }})
        and (h.decided_at is null
            or {{ not_before('h.decided_at', 'h.decided_is_date_only', 'a.occurred_at', 'a.is_date_only') }})
    group by h.lead_id, h.segment_number
),

{{ due_instants('handoffs', ['lead_id', 'segment_number']) }},

timed as (
    select
        h.lead_id,
        h.segment_number,
        {{ local_date('h.handed_off_at', 'h.is_date_only') }} as handed_off_on,
        h.handed_off_at,
        h.is_date_only,
        h.waits_from,
        d.due_at,
        t.first.touched_at as first_touch_at,
        t.first.is_date_only as first_touch_is_date_only,
        h.sql_at,
        h.sql_at_is_date_only,
        h.decided_at
    from handoffs as h
    left join due as d on h.lead_id = d.lead_id and h.segment_number = d.segment_number
    left join touches as t on h.lead_id = t.lead_id and h.segment_number = t.segment_number
)

select
    t.lead_id,
    t.segment_number,
    t.handed_off_on,
    {{ or_none('s.lead_channel') }} as channel,
    {{ or_none('o.owner') }} as owner,
    o.owner_name,
    t.due_at,
    t.first_touch_at,
    -- Business hours; where either time is a date only they are not known.
    if(
        t.is_date_only or t.first_touch_is_date_only,
        null,
        ({{ worked_until('touch_day', 't.first_touch_at') }} - ({{ worked_until('day', 't.waits_from') }})) / 3600000000.0
    ) as response_hours,
    case
        when t.first_touch_at is not null and t.first_touch_is_date_only
            then if(cast(t.first_touch_at as date) <= {{ local_date('t.due_at') }}, 'in_time', 'late')
        when t.first_touch_at is not null then if(t.first_touch_at <= t.due_at, 'in_time', 'late')
        when t.decided_at is not null then 'decided_untouched'
        when t.due_at < {{ as_of_end() }} then 'past_due'
        else 'waiting'
    end as response,
    {{ as_of_day() }} - t.handed_off_on >= {{ horizon_days('mql_to_sql') }} as is_matured,
    coalesce(if(
        t.is_date_only or t.sql_at_is_date_only,
        {{ local_date('t.sql_at', 't.sql_at_is_date_only') }} - t.handed_off_on <= {{ horizon_days('mql_to_sql') }},
        t.sql_at <= t.handed_off_at + to_hours(24 * {{ horizon_days('mql_to_sql') }})
    ), false) as is_sql_within_horizon
from timed as t
inner join {{ ref('int_handoff_scores') }} as s on t.lead_id = s.lead_id and t.segment_number = s.segment_number
inner join {{ ref('dim_leads') }} as l on t.lead_id = l.lead_id
left join {{ ref('int_handoff_owners') }} as o on t.lead_id = o.lead_id and t.segment_number = o.segment_number
left join {{ ref('int_working_days') }} as day on {{ local_date('t.waits_from') }} = day.day
left join {{ ref('int_working_days') }} as touch_day
    on {{ local_date('t.first_touch_at', 't.first_touch_is_date_only') }} = touch_day.day
-- nobody calls a competitor or a test record
where l.is_excluded is not true
