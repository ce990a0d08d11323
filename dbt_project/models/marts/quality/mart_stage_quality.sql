-- One row per source × field × stage: how honest the times of the stage's entries are.
with
counted as (
    select
        source,
        field,
        stage,
        count(*) filter (where is_used) as entries,
        count(*) filter (where is_used and basis = 'history') as from_history,
        count(*) filter (where is_used and basis = 'date') as from_dates,
        count(*) filter (where is_used and basis = 'current') as inferred,
        count(*) filter (where is_mass_stamped) as mass_stamped,
        count(*) filter (where is_cleared_and_reset) as cleared_and_reset,
        count(*) filter (where is_skipping) as skipped,
        count(*) filter (where is_backward) as backward,
        count(*) filter (where is_reopened) as reopened
    from {{ ref('int_stage_checks') }}
    group by source, field, stage
)

select
    *,
    nullif(concat_ws(
        ' ',
        if(inferred > 0, inferred || ' of ' || entries || ' entries have no time of their own: the record''s last change stands for it.', null),
        if(mass_stamped > 0, mass_stamped || ' of ' || entries || ' entries were stamped in bulk: they show when the field was filled.', null),
        if(cleared_and_reset > 0, cleared_and_reset || ' values or dates were cleared and set again: the first time may be lost.', null)
    ), '') as note
from counted
