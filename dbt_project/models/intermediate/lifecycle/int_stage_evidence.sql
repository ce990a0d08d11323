-- One row per piece of evidence that a lead entered a stage (seeds/lifecycle_stages.csv says which stage), as the sources
-- log it: history rows, then dates on records, then a current stage whose time is unknown (inferred).
with
status_log as (
    select {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }} as record_key, h.*
    from {{ ref('stg_salesforce__lead_history') }} as h
),

signals as (
    select record_key, 'salesforce' as source, field, coalesce(new_value, '') as value, cast(null as double) as amount,
        changed_at as entered_at, false as is_date_only, false as is_inferred
    from status_log
    union all by name
    -- the status a lead was created with: the old value of its first logged change
    select s.record_key, 'salesforce' as source, 'Status' as field, arg_min(s.old_value, (s.changed_at, s.change_id)) as value,
        any_value(r.created_at) as entered_at, false as is_date_only, false as is_inferred
    from status_log as s
    inner join {{ ref('int_lead_records') }} as r on s.record_key = r.record_key
    where s.field = 'Status'
    group by s.record_key
    union all by name
    select record_key, 'salesforce' as source, 'IsConverted' as field, 'true' as value,
        cast(converted_on as timestamp) as entered_at, true as is_date_only, false as is_inferred
    from {{ ref('stg_salesforce__leads') }}
    where is_converted and converted_on is not null
        and record_key not in (select record_key from status_log where field = 'leadConverted')
    union all by name
    select record_key, 'salesforce' as source, 'Status' as field, status as value, modified_at as entered_at,
        false as is_date_only, true as is_inferred
    from {{ ref('stg_salesforce__leads') }}
    where record_key not in (select record_key from status_log where field = 'Status')
    {%- for stage in ['mql', 'sql', 'opportunity', 'customer', 'disqualified', 'recycled'] %}
    union all by name
    select record_key, 'mapped' as source, '{{ stage }}_at' as field, '' as value, {{ stage }}_at as entered_at,
        coalesce({{ stage }}_at_is_date, false) as is_date_only, false as is_inferred
    from {{ ref('stg_mapped__leads') }}
    where {{ stage }}_at is not null
    {%- endfor %}
    union all by name
    select {{ record_key('mapped', 'lead', 'mapped_lead_id') }} as record_key, 'mapped' as source, field, new_value as value,
        changed_at as entered_at, changed_at_is_date as is_date_only, false as is_inferred
    from {{ ref('stg_mapped__lead_changes') }}
    where field = 'stage'
    union all by name
    select record_key, 'mapped' as source, 'stage' as field, stage as value, coalesce(modified_at, created_at) as entered_at,
        false as is_date_only, true as is_inferred
    from {{ ref('stg_mapped__leads') }}
    where stage is not null
        and mapped_lead_id not in (select mapped_lead_id from {{ ref('stg_mapped__lead_changes') }} where field = 'stage')
),

lead_signals as (
    select p.lead_id, s.source, s.field, s.value, s.amount, r.disqualified_reason as reason, s.entered_at, s.is_date_only,
        s.is_inferred
    from signals as s
    inner join {{ ref('int_lead_identity') }} as p on s.record_key = p.record_key
    inner join {{ ref('int_lead_records') }} as r on s.record_key = r.record_key
    where not p.is_person_deleted
    union all
    select lead_id, 'opportunity', 'created', '', amount, null, created_at, created_at_is_date, false
    from {{ ref('int_opportunities') }}
    where lead_id is not null
    union all
    select lead_id, 'opportunity', 'is_won', 'true', amount, null, entered_at, is_date_only, false
    from {{ ref('int_opportunity_states') }}
    where lead_id is not null and state = 'won'
)

select
    s.lead_id,
    m.stage,
    s.entered_at,
    s.is_date_only,
    if(s.is_date_only, {{ end_of_date('s.entered_at') }}, s.entered_at) as known_at,
    s.source,
    s.is_inferred,
    if(m.stage = 'disqualified', s.reason, null) as reason
from lead_signals as s
inner join {{ ref('lifecycle_stages') }} as m
    on s.source = m.source
    and s.field = m.field
    and (m.value = '*' or lower(trim(s.value)) = lower(trim(m.value)))
    and (m.min_amount is null or s.amount >= m.min_amount)
    and (m.reason_pattern is null or regexp_matches(coalesce(s.reason, ''), m.reason_pattern))
where s.entered_at is not null and if(s.is_date_only, {{ end_of_date('s.entered_at') }}, s.entered_at) < {{ as_of_end() }}
