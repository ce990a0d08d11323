-- One row per activity that earns nothing because its rule's cap is used up.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads(keeps_older=true) }}') }}
with
ruled as not materialized (
    select * from ({{ ruled_activities() }}) where not is_bot and rule_id is not null
),

-- A cap counts the activities of all versions of a rule, in the windows of the version in force for the one judged.
rule_windows as (
    select rule_id, window_days, min(max_count) as least_count
    from {{ ref('int_scoring_rules') }}
    where kind in ('engagement', 'negative')
    group by rule_id, window_days
    having min(max_count) is not null
),

-- Few windows hold more than a cap: only those are ranked.
full_windows as (
    select r.lead_id, r.segment_number, r.rule_id, w.window_days, {{ whole_windows('r.occurred_on', 'w.window_days') }} as window_number
    from ruled as r
    inner join rule_windows as w on r.rule_id = w.rule_id
    group by all
    having count(*) > min(w.least_count)
),

ranked as (
    select
        r.activity_id,
        r.lead_id,
        r.known_at,
        r.max_count,
        r.window_days is not distinct from f.window_days as is_own_window,
        row_number() over (
            partition by r.lead_id, r.segment_number, r.rule_id, f.window_days, f.window_number
            order by r.known_at, r.occurred_at, r.activity_id
        ) as place
    from ruled as r
    inner join full_windows as f
        on r.lead_id = f.lead_id
        and r.segment_number = f.segment_number
        and r.rule_id = f.rule_id
        and {{ whole_windows('r.occurred_on', 'f.window_days') }} = f.window_number
)

select r.activity_id, r.lead_id
from ranked as r
{{ of_changed_leads('r', known_at='r.known_at') }}
where is_own_window and place > max_count
