-- One row per logged change of a scored attribute of a source record that told something new when it was known, in our
-- attribute names; also those after the as-of day, whose old value tells what held until then. Of the recorded score, too,
-- where that is the lead's score.
with
fields as (
    select source, field, attribute
    from {{ ref('attribute_fields') }}
    where attribute in ('{{ (record_attributes().keys() | list + (['recorded_score'] if is_score_recorded() else [])) | join("', '") }}')
),

logged as (
    select {{ record_key('salesforce', 'lead', 'h.salesforce_lead_id') }} as record_key, 'salesforce' as source, h.field,
        h.old_value, h.new_value, h.changed_at, h.change_id, late.known_from
    from {{ ref('stg_salesforce__lead_history') }} as h
    {{ join_late_records('salesforce_lead_history', 'h.change_id') }}
    union all
    select {{ record_key('salesforce', 'contact', 'h.salesforce_contact_id') }}, 'salesforce', h.field, h.old_value, h.new_value,
        h.changed_at, h.change_id, late.known_from
    from {{ ref('stg_salesforce__contact_history') }} as h
    {{ join_late_records('salesforce_contact_history', 'h.change_id') }}
    union all
    select {{ record_key('marketo', 'lead', 'h.marketo_lead_id') }}, 'marketo', h.asset,
        nullif(h.attributes ->> '$."Old Value"', ''), nullif(h.attributes ->> '$."New Value"', ''), h.occurred_at, h.activity_id,
        late.known_from
    from {{ ref('stg_marketo__activities') }} as h
    {{ join_late_records('marketo_activity', 'h.activity_id') }}
    where h.vendor_type in ('13'{{ ", '22'" if is_score_recorded() }})
    union all
    select {{ record_key('mapped', 'lead', 'h.mapped_lead_id') }}, 'mapped', h.field, h.old_value, h.new_value,
        if(h.changed_at_is_date, {{ end_of_date('h.changed_at') }}, h.changed_at), coalesce(h.change_id, ''), late.known_from
    from {{ ref('stg_mapped__lead_changes') }} as h
    {{ join_late_records('mapped_lead_change', change_record_id('h.mapped_lead_id', 'h.field', 'h.changed_at', 'h.change_id', 'h.new_value')) }}
),

changed as (
    select c.record_key, f.attribute, c.changed_at, c.change_id, c.old_value, c.new_value, c.known_from
    from logged as c
    inner join fields as f on c.source = f.source and lower(c.field) = lower(f.field)
    union all
    -- a property history holds values, not changes: each replaced the one before it
    select c.record_key, f.attribute, c.changed_at, c.change_id,
        lag(c.value) over (partition by c.record_key, f.attribute order by c.changed_at, c.change_id), c.value, late.known_from
    from {{ ref('stg_hubspot__contact_changes') }} as c
    inner join fields as f on f.source = 'hubspot' and lower(c.field) = lower(f.field)
    {{ join_late_records('hubspot_contact_property_history', 'c.change_id') }}
),

known as (
    select *, greatest(changed_at, known_from) as known_at from changed
),

-- A change that becomes known after a later one is known tells nothing any more.
judged as (
    select *,
        changed_at = max(changed_at) over (
            partition by record_key, attribute order by known_at, changed_at, change_id rows unbounded preceding
        ) as is_news
    from known
),

-- Until it is known holds what held before the first change that it makes known: itself or one passed over.
told as (
    select *,
        sum(cast(is_news as integer)) over (partition by record_key, attribute order by changed_at desc, change_id desc rows unbounded preceding)
            as stretch
    from judged
),

news as (
    select * replace (
            first_value(old_value) over (partition by record_key, attribute, stretch order by changed_at, change_id) as old_value
        )
    from told
    qualify is_news
)

select
    record_key,
    attribute,
    known_at as changed_at,
    change_id,
    {%- for value in ['old_value', 'new_value'] %}
    nullif(nullif(trim(if(attribute = 'email', lower({{ value }}), {{ value }})), ''), 'null') as {{ value }}{{ ',' if not loop.last }}
    {%- endfor %}
from news
