-- One row per signal of a source record and stage that it shows (seeds/lifecycle_stages.csv says which): history rows, dates
-- on records, current values whose time is unknown. What outweighs what is settled in int_stage_evidence.
{%- set crm_stages = ['mql', 'sql', 'opportunity', 'customer', 'disqualified', 'recycled'] %}
{%- set hubspot_stages = ['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer', 'evangelist'] %}
with
{{ current_stage_values() }},

signals as (
    select record_key, source, field, value, entered_at, is_date_only, known_from, 'history' as basis,
        lag(value) over log = '' and row_number() over log > 2 as follows_clearing
    from {{ ref('int_stage_changes') }}
    window log as (partition by record_key, source, field order by entered_at, change_id)
    union all by name
    -- the status a lead was created with: the old value of its first logged change
    select l.record_key, 'salesforce' as source, 'Status' as field, arg_min(l.old_value, (l.entered_at, l.change_id)) as value,
        any_value(r.created_at) as entered_at, false as is_date_only, 'history' as basis
    from {{ ref('int_stage_changes') }} as l
    inner join {{ ref('int_lead_records') }} as r on l.record_key = r.record_key
    where l.source = 'salesforce' and l.field = 'Status'
    group by l.record_key
    union all by name
    -- A conversion happens once: its date serves where it is not logged, whatever else is.
    select record_key, 'salesforce' as source, 'IsConverted' as field, 'true' as value,
        cast(converted_on as timestamp) as entered_at, true as is_date_only, 'date' as basis, true as is_own_event
    from {{ ref('stg_salesforce__leads') }}
    where is_converted and converted_on is not null
        and record_key not in (select record_key from {{ ref('int_stage_changes') }} where source = 'salesforce' and field = 'leadConverted')
    union all by name
    select record_key, 'salesforce' as source, field, '' as value, entered_at, is_date_only, 'date' as basis
    from {{ ref('stg_salesforce__lead_stage_dates') }}
    {%- for stage in hubspot_stages %}
    union all by name
    select record_key, 'hubspot' as source, 'lifecyclestage' as field, '{{ stage }}' as value, {{ stage }}_at as entered_at,
        {{ is_bare_date(stage ~ '_at') }} as is_date_only, 'date' as basis
    from {{ ref('stg_hubspot__contacts') }}
    {%- endfor %}
    union all by name
    select record_key, 'hubspot' as source, 'lifecyclestage' as field, stage as value, entered_at,
        {{ is_bare_date('entered_at') }} as is_date_only, 'date' as basis
    from ({{ stage_dates_of(ref('stg_hubspot__contacts'), 'record_key') }})
    union all by name
    select record_key, 'hubspot' as source, 'latest_disqualified_at' as field, '' as value, latest_disqualified_at as entered_at,
        {{ is_bare_date('latest_disqualified_at') }} as is_date_only, 'date' as basis
    from {{ ref('stg_hubspot__contacts') }}
    {%- for stage in crm_stages %}
    union all by name
    select record_key, 'mapped' as source, '{{ stage }}_at' as field, '' as value, {{ stage }}_at as entered_at,
        coalesce({{ stage }}_at_is_date, false) as is_date_only, 'date' as basis
    from {{ ref('stg_mapped__leads') }}
    {%- endfor %}
    union all by name
    select c.record_key, c.source, c.field, c.value, c.modified_at as entered_at, false as is_date_only, 'current' as basis,
        h.record_key is not null as is_logged
    from current_values as c
    left join (select distinct record_key, source, field from {{ ref('int_stage_changes') }}) as h
        on c.record_key = h.record_key and c.source = h.source and c.field = h.field
    where c.value is not null
),

lead_signals as (
    select p.lead_id, s.record_key, s.source, s.field, s.value, cast(null as double) as amount,
        r.disqualified_reason as reason, s.entered_at, s.is_date_only, s.known_from, s.basis, s.is_own_event, s.is_logged, s.follows_clearing
    from signals as s
    inner join {{ ref('int_lead_identity') }} as p on s.record_key = p.record_key
    inner join {{ ref('int_lead_records') }} as r on s.record_key = r.record_key
    where not p.is_person_deleted
    union all by name
    select lead_id, opportunity_id as record_key, 'opportunity' as source, 'created' as field, '' as value, amount,
        created_at as entered_at, created_at_is_date as is_date_only, known_at as known_from, 'history' as basis, true as is_own_event
    from {{ ref('int_opportunities') }}
    where lead_id is not null
    union all by name
    select lead_id, opportunity_id as record_key, 'opportunity' as source, 'is_won' as field, 'true' as value, amount, entered_at,
        is_date_only, known_at as known_from, if(is_inferred, 'current', 'history') as basis, true as is_own_event
    from {{ ref('int_opportunity_states') }}
    where lead_id is not null and state = 'won'
),

known as (
    select *, {{ known_at("if(is_date_only, " ~ end_of_date('entered_at') ~ ", entered_at)", 'lead_signals') }} as known_at
    from lead_signals
)

select
    s.lead_id,
    s.record_key,
    s.source,
    s.field,
    m.stage,
    s.entered_at,
    s.is_date_only,
    s.known_at,
    s.basis,
    coalesce(s.is_own_event, false) as is_own_event,
    coalesce(s.is_logged, false) as is_logged,
    coalesce(s.follows_clearing, false) as follows_clearing,
    if(m.stage = 'disqualified', s.reason, null) as reason
from known as s
inner join {{ ref('lifecycle_stages') }} as m
    on s.source = m.source
    and s.field = m.field
    and (m.value = '*' or lower(trim(s.value)) = lower(trim(m.value)))
    and (m.min_amount is null or s.amount >= m.min_amount)
    and (m.reason_pattern is null or regexp_matches(coalesce(s.reason, ''), m.reason_pattern))
where s.entered_at is not null and s.known_at < {{ as_of_end() }}
