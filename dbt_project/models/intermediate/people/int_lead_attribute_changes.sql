-- One row per logged change of a scored attribute of a source record, in our attribute names; also those after the as-of
-- day, whose old value tells what held until then.
with
logged as (
    select {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }} as record_key, 'salesforce' as source, field,
        old_value, new_value, changed_at, change_id
    from {{ ref('stg_salesforce__lead_history') }}
    union all
    select {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }}, 'salesforce', field, old_value, new_value,
        changed_at, change_id
    from {{ ref('stg_salesforce__contact_history') }}
    union all
    select {{ record_key('marketo', 'lead', 'marketo_lead_id') }}, 'marketo', asset,
        nullif(attributes ->> '$."Old Value"', ''), nullif(attributes ->> '$."New Value"', ''), occurred_at, activity_id
    from {{ ref('stg_marketo__activities') }}
    where vendor_type = '13'
    union all
    select {{ record_key('mapped', 'lead', 'mapped_lead_id') }}, 'mapped', field, old_value, new_value,
        if(changed_at_is_date, {{ end_of_date('changed_at') }}, changed_at), coalesce(change_id, '')
    from {{ ref('stg_mapped__lead_changes') }}
),

changed as (
    select c.record_key, f.attribute, c.changed_at, c.change_id, c.old_value, c.new_value
    from logged as c
    inner join {{ ref('attribute_fields') }} as f on c.source = f.source and lower(c.field) = lower(f.field)
    union all
    -- a property history holds values, not changes: each replaced the one before it
    select c.record_key, f.attribute, c.changed_at, c.change_id,
        lag(c.value) over (partition by c.record_key, f.attribute order by c.changed_at, c.change_id), c.value
    from {{ ref('stg_hubspot__contact_changes') }} as c
    inner join {{ ref('attribute_fields') }} as f on f.source = 'hubspot' and lower(c.field) = lower(f.field)
)

select
    record_key,
    attribute,
    changed_at,
    change_id,
    {%- for value in ['old_value', 'new_value'] %}
    nullif(nullif(trim(if(attribute = 'email', lower({{ value }}), {{ value }})), ''), 'null') as {{ value }}{{ ',' if not loop.last }}
    {%- endfor %}
from changed
