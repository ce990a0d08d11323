-- One row per opportunity and change between open, won and lost, from its log; without a log from the record itself.
with
logged as (
    select opportunity_id, {{ opportunity_state('is_closed', 'is_won') }} as state, entered_at, is_date_only, known_at, change_id, log,
        tie_order
    from {{ ref('int_opportunity_stage_log') }}
),

-- The stage it was created with, where its first logged change tells.
created_as as (
    select l.opportunity_id, {{ opportunity_state('f.is_closed', 'f.is_won') }} as state
    from {{ ref('int_opportunity_stage_log') }} as l
    inner join {{ ref('int_opportunities') }} as o on l.opportunity_id = o.opportunity_id
    inner join {{ ref('int_opportunity_stage_flags') }} as f on o.source = f.source and {{ stage_key('l.stage_before') }} = f.stage
    where l.tie_order = 1
),

-- The record's own closing where no history tells it: never before it was created or entered an earlier stage; at its last
-- modification where it has no date. The close date of an open opportunity is a plan, not an event.
last_logged as (
    select opportunity_id, arg_max(state, tie_order) as state, max(entered_at) as entered_at, max(tie_order) as tie_order,
        bool_or(log <> 'stage_dates') as has_history
    from logged
    group by opportunity_id
),

closings as (
    select o.opportunity_id, {{ opportunity_state('o.is_closed', 'o.is_won') }} as state, o.closed_at is null as is_inferred,
        o.closed_at is not null and o.closed_at_is_date as is_date_only,
        greatest(coalesce(o.closed_at, o.modified_at), cast({{ local_date('o.created_at', 'o.created_at_is_date') }} as timestamp))
            as entered_at,
        l.entered_at as last_logged_at, coalesce(l.tie_order, 0) + 1 as tie_order
    from {{ ref('int_opportunities') }} as o
    left join last_logged as l on o.opportunity_id = l.opportunity_id
    where o.is_closed
        and not coalesce(l.has_history, false)
        and l.state is distinct from {{ opportunity_state('o.is_closed', 'o.is_won') }}
),

states as (
    select o.opportunity_id, coalesce(c.state, 'open') as state, o.created_at as entered_at, o.created_at_is_date as is_date_only,
        '' as change_id, 0 as tie_order, false as is_inferred
    from {{ ref('int_opportunities') }} as o
    left join created_as as c on o.opportunity_id = c.opportunity_id
    union all by name
    select opportunity_id, state, entered_at, is_date_only, known_at, change_id, tie_order, false as is_inferred from logged
    union all by name
    select opportunity_id, state,
        greatest(entered_at, if(is_date_only, cast({{ local_date('last_logged_at') }} as timestamp), last_logged_at)) as entered_at,
        is_date_only, '~' as change_id, tie_order, is_inferred
    from closings
    where entered_at is not null
),

known as (
    select s.opportunity_id, o.lead_id, o.amount, s.state, s.entered_at, s.is_date_only, s.is_inferred, s.change_id, s.tie_order,
        greatest(if(s.is_date_only, {{ end_of_date('s.entered_at') }}, s.entered_at), s.known_at, o.known_at) as known_at
    from states as s
    inner join {{ ref('int_opportunities') }} as o on s.opportunity_id = o.opportunity_id
),

-- What becomes known after a later change is known no longer changes the state.
newer as (
    select *
    from known
    where known_at < {{ as_of_end() }}
    qualify tie_order = max(tie_order) over (partition by opportunity_id order by known_at, tie_order)
)

select opportunity_id, lead_id, amount, state, entered_at, is_date_only, known_at, is_inferred, change_id, tie_order
from newer
qualify state is distinct from lag(state) over (partition by opportunity_id order by known_at, tie_order)
