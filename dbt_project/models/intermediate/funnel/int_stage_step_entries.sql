-- One row per lead, segment and step after SQL: the stage's first entry and the next stage's first entry not before it.
with steps as (
    select * from (
        values ('sql_to_opportunity', 'sql', 'opportunity'), ('opportunity_to_customer', 'opportunity', 'customer')
    ) as steps (step, stage, next_stage)
)

select
    steps.step,
    entries.lead_id,
    entries.segment_number,
    entries.channel,
    entries.campaign_id,
    entries.entered_at,
    entries.is_date_only as entered_is_date_only,
    next_entries.entered_at as converted_at,
    next_entries.is_date_only as converted_is_date_only
from {{ ref('int_stage_first_entries') }} as entries
inner join steps on steps.stage = entries.stage
-- All entries of the next stage, not only the first: the first one may lie before this stage.
left join {{ ref('fct_lifecycle_events') }} as next_entries
    on next_entries.lead_id = entries.lead_id
    and next_entries.segment_number = entries.segment_number
    and next_entries.stage = steps.next_stage
    and {{ not_before('next_entries.entered_at', 'next_entries.is_date_only',
                      'entries.entered_at', 'entries.is_date_only') }}
qualify row_number() over (
    partition by steps.step, entries.lead_id, entries.segment_number
    order by
        {{ local_date('next_entries.entered_at', 'next_entries.is_date_only') }} nulls last,
        next_entries.is_date_only,
        next_entries.entered_at
) = 1
