-- One row per logged change of a scored attribute of a source record, in our attribute names; also those after the as-of
-- day, whose old value tells what held until then.
with
logged as (
    select {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }} as record_key, 'salesforce' as source, field,
        old_value, new_value, changed_at, change_id
    from {{ ref('stg_salesforce__lead_history') }}
    union all
    select {{ record_key('marketo', 'lead', 'marketo_lead_id') }}, 'marketo', asset,
        nullif(attributes ->> '$."Old Value"', ''), nullif(attributes ->> '$."New Value"', ''), occurred_at, activity_id
    from {{ ref('stg_marketo__activities') }}
    where vendor_type = '13'
    union all
    select {{ record_key('mapped', 'lead', 'mapped_lead_id') }}, 'mapped', field, old_value, new_value,
        if(changed_at_is_date, {{ end_of_date('changed_at') }}, changed_at), coalesce(change_id, '')
    from {{ ref('stg_mapped__lead_changes') }}
)

select
    c.record_key,
    f.attribute,
    c.changed_at,
    c.change_id,
    {%- for value in ['old_value', 'new_value'] %}
    nullif(nullif(trim(if(f.attribute = 'email', lower(c.{{ value }}), c.{{ value }})), ''), 'null') as {{ value }}{{ ',' if not loop.last }}
    {%- endfor %}
from logged as c
inner join {{ ref('attribute_fields') }} as f on c.source = f.source and lower(c.field) = lower(f.field)
