-- One row per activity of a lead, with its segment, the rule in force when it occurred and the points it earned before decay.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail', pre_hook='{{ forget_changed_leads(keeps_older=true) }}') }}
select
    r.activity_id,
    r.lead_id,
    r.segment_number,
    r.activity_type,
    r.occurred_at,
    r.known_at,
    r.is_date_only,
    r.channel,
    r.campaign_id,
    r.rule_id,
    r.half_life_days,
    r.is_marketing,
    cast(if(not r.is_bot and r.rule_id is not null and c.activity_id is null, r.points, 0) as double) as points,
    r.is_bot
from ({{ ruled_activities(known_at='a.known_at') }}) as r
left join {{ ref('int_capped_activities') }} as c on r.activity_id = c.activity_id
