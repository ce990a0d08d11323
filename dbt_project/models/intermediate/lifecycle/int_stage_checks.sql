-- One row per piece of stage evidence, used or not, with what is odd about it: mass-stamped, cleared and set again, an
-- earlier stage skipped, a step back, re-opened.
with
firsts as (
    select lead_id, {{ stage_rank('stage') }} as rank, min(entered_at) as first_entered_at
    from {{ ref('int_stage_evidence') }}
    group by all
),

used as (
    select *,
        {{ stage_rank('stage') }} as rank,
        stage in ('mql', 'sql', 'opportunity', 'customer') as is_funnel_stage,
        count(*) over (partition by source, field, stage, date_trunc('minute', entered_at), is_date_only) as together,
        count(*) over (partition by source, field, stage) as all_entries,
        lag(stage) over log as previous_stage,
        lag({{ stage_rank('stage') }}) over log as previous_rank
    from {{ ref('int_stage_evidence') }}
    where basis <> 'current'
    window log as (partition by record_key, source, field, basis order by known_at, entered_at, tie_order)
),

last_logged as (
    select record_key, stage, max(entered_at) as entered_at
    from {{ ref('int_stage_signals') }}
    where basis = 'history'
    group by all
),

reopenings as (
    select opportunity_id, lead_id, entered_at, state,
        lag(state) over (partition by opportunity_id order by known_at, tie_order) as previous_state
    from {{ ref('int_opportunity_states') }}
)

select u.lead_id, u.record_key, u.source, u.field, u.stage, u.basis, u.entered_at, true as is_used,
    {{ is_mass_stamped('u.together', 'u.all_entries', 'u.is_date_only') }} as is_mass_stamped,
    u.follows_clearing as is_cleared_and_reset,
    u.is_funnel_stage and u.stage <> 'mql' and coalesce(f.first_entered_at > u.known_at, true) as is_skipping,
    u.basis = 'history' and u.is_funnel_stage and coalesce(u.previous_rank <= {{ stage_rank("'customer'") }} and u.rank < u.previous_rank, false)
        as is_backward,
    u.basis = 'history' and coalesce(u.previous_stage = 'disqualified' and u.stage <> 'disqualified', false) as is_reopened
from used as u
left join firsts as f on u.lead_id = f.lead_id and f.rank = u.rank - 1
union all by name
select lead_id, record_key, source, field, stage, basis, entered_at, true as is_used, false as is_mass_stamped,
    false as is_cleared_and_reset, false as is_skipping, false as is_backward, false as is_reopened
from {{ ref('int_stage_evidence') }}
where basis = 'current'
union all by name
-- A date later than everything the history says of its stage: the date was cleared and set again.
select s.lead_id, s.record_key, s.source, s.field, s.stage, s.basis, s.entered_at, false as is_used, false as is_mass_stamped,
    true as is_cleared_and_reset, false as is_skipping, false as is_backward, false as is_reopened
from {{ ref('int_stage_signals') }} as s
inner join last_logged as h on s.record_key = h.record_key and s.stage = h.stage
where s.basis = 'date'
    and not s.is_own_event
    and if(
        s.is_date_only,
        cast(s.entered_at as date) > {{ local_date('h.entered_at') }},
        date_trunc('minute', s.entered_at) > date_trunc('minute', h.entered_at)
    )
union all by name
select lead_id, opportunity_id as record_key, 'opportunity' as source, 'created' as field, 'opportunity' as stage, 'history' as basis,
    entered_at, false as is_used, false as is_mass_stamped, false as is_cleared_and_reset, false as is_skipping, false as is_backward,
    true as is_reopened
from reopenings
where lead_id is not null and state = 'open' and previous_state in ('won', 'lost')
