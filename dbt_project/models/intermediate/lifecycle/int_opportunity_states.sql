-- One row per opportunity and change between open, won and lost, from its log; without a log from the record itself.
with
stages as (
    select stage, bool_or(is_closed) as is_closed, bool_or(is_won) as is_won
    from (
        select stage, is_closed, is_won from {{ ref('opportunity_stages') }}
        union all
        select stage, is_closed, is_won from {{ ref('int_opportunities') }}
    )
    where stage is not null
    group by stage
),

-- A change of the amount alone says nothing about the state.
logged as (
    select opportunity_id, stage, changed_at as entered_at, false as is_date_only, change_id
    from {{ ref('stg_salesforce__opportunity_history') }}
    where stage is not null
    union all
    select opportunity_id, stage, changed_at, changed_at_is_date, coalesce(change_id, '')
    from {{ ref('stg_mapped__opportunity_changes') }}
    where stage is not null
),

states as (
    select opportunity_id, 'open' as state, created_at as entered_at, created_at_is_date as is_date_only, '' as change_id
    from {{ ref('int_opportunities') }}
    union all
    select l.opportunity_id, case when s.is_won then 'won' when s.is_closed then 'lost' else 'open' end, l.entered_at,
        l.is_date_only, l.change_id
    from logged as l
    left join stages as s on l.stage = s.stage
    union all
    -- The close date of an open opportunity is a plan, not an event.
    select opportunity_id, if(is_won, 'won', 'lost'),
        greatest(closed_at, cast({{ local_date('created_at', 'created_at_is_date') }} as timestamp)), closed_at_is_date, '~'
    from {{ ref('int_opportunities') }}
    where is_closed and closed_at is not null and opportunity_id not in (select opportunity_id from logged)
),

known as (
    select s.*, o.lead_id, o.amount,
        greatest(if(s.is_date_only, {{ end_of_date('s.entered_at') }}, s.entered_at), o.known_at) as known_at
    from states as s
    inner join {{ ref('int_opportunities') }} as o on s.opportunity_id = o.opportunity_id
)

select opportunity_id, lead_id, amount, state, entered_at, is_date_only, known_at, change_id
from known
where known_at < {{ as_of_end() }}
qualify state is distinct from lag(state) over (partition by opportunity_id order by known_at, entered_at, change_id)
