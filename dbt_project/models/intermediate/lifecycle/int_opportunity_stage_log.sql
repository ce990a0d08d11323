-- One row per opportunity and stage it entered, as its log has it, else the stage dates on its record: with its place in
-- that order.
with
-- The field history serves the opportunities that the stage history lacks.
logged as (
    select 'opportunity_history' as log, h.opportunity_id, h.stage, h.changed_at as entered_at, false as is_date_only, h.change_id,
        cast(null as varchar) as stage_before, late.known_from
    from {{ ref('stg_salesforce__opportunity_history') }} as h
    {{ join_late_records('salesforce_opportunity_history', 'h.change_id') }}
    where h.stage is not null
    union all by name
    select 'opportunity_field_history' as log, h.opportunity_id, h.new_value as stage, h.changed_at as entered_at, false as is_date_only,
        h.change_id, h.old_value as stage_before, late.known_from
    from {{ ref('stg_salesforce__opportunity_field_history') }} as h
    {{ join_late_records('salesforce_opportunity_field_history', 'h.change_id') }}
    where h.field in ('StageName', 'Stage')
        and h.new_value is not null
        and h.opportunity_id not in (
            select opportunity_id from {{ ref('stg_salesforce__opportunity_history') }} where stage is not null
        )
    union all by name
    select 'deal_changes' as log, h.opportunity_id, h.value as stage, h.changed_at as entered_at, false as is_date_only, h.change_id,
        late.known_from
    from {{ ref('stg_hubspot__deal_changes') }} as h
    {{ join_late_records('hubspot_deal_property_history', 'h.change_id') }}
    where h.field = 'dealstage' and h.value is not null
    union all by name
    select 'mapped' as log, h.opportunity_id, h.stage, h.changed_at as entered_at, h.changed_at_is_date as is_date_only,
        coalesce(h.change_id, '') as change_id, late.known_from
    from {{ ref('stg_mapped__opportunity_changes') }} as h
    {{ join_late_records('mapped_opportunity_change', change_record_id('h.opportunity_id', 'h.stage', 'h.changed_at', 'h.change_id')) }}
    -- a change of the amount alone says nothing about the state
    where h.stage is not null
),

dated as (
    select 'stage_dates' as log, opportunity_id, stage, entered_at, {{ is_bare_date('entered_at') }} as is_date_only, '' as change_id
    from ({{ stage_dates_of(ref('stg_hubspot__deals'), 'opportunity_id') }})
    where entered_at is not null and opportunity_id not in (select opportunity_id from logged)
),

entries as (
    select e.*, o.source,
        {{ stage_key('e.stage') }} = {{ stage_key('o.stage') }} as is_current,
        e.entered_at = max(e.entered_at) over (partition by e.opportunity_id) as is_last_instant,
        -- ids in their natural order: of two numbers the shorter is the smaller
        row_number() over (partition by e.opportunity_id order by length(e.change_id), e.change_id, e.stage) as id_rank
    from (select * from logged union all by name select * from dated) as e
    inner join {{ ref('int_opportunities') }} as o on e.opportunity_id = o.opportunity_id
),

-- Whether a log's ids rise or fall with time is told by what reproduces the current stage of more opportunities.
directions as (
    select log,
        count(*) filter (where is_current_at_smallest_id) > count(*) filter (where is_current_at_largest_id) as ids_fall
    from (
        select log, opportunity_id, arg_min(is_current, id_rank) as is_current_at_smallest_id,
            arg_max(is_current, id_rank) as is_current_at_largest_id
        from entries
        where is_last_instant
        group by log, opportunity_id
    )
    group by log
)

select
    e.opportunity_id,
    e.log,
    e.stage,
    e.stage_before,
    e.entered_at,
    e.is_date_only,
    {{ known_at("if(e.is_date_only, " ~ end_of_date('e.entered_at') ~ ", e.entered_at)", 'e') }} as known_at,
    e.change_id,
    coalesce(f.is_closed, false) as is_closed,
    coalesce(f.is_won, false) as is_won,
    row_number() over (
        partition by e.opportunity_id
        order by
            e.entered_at,
            coalesce(e.is_last_instant and e.is_current, false),
            if(d.ids_fall, -e.id_rank, e.id_rank)
    ) as tie_order
from entries as e
inner join directions as d on e.log = d.log
left join {{ ref('int_opportunity_stage_flags') }} as f on e.source = f.source and {{ stage_key('e.stage') }} = f.stage
