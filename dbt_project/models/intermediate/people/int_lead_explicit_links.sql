-- One row per link that a source system states itself: two record keys that are one person, and who says so.
{%- set stated = [
    ('stg_salesforce__leads', 'converted_contact_id', 'salesforce:contact', 'converted', 'modified_at'),
    ('stg_salesforce__leads', 'master_lead_id', 'salesforce:lead', 'merged', 'modified_at'),
    ('stg_salesforce__contacts', 'master_contact_id', 'salesforce:contact', 'merged', 'modified_at'),
    ('stg_marketo__leads', 'salesforce_lead_id', 'salesforce:lead', 'cross_id', 'created_at'),
    ('stg_marketo__leads', 'salesforce_contact_id', 'salesforce:contact', 'cross_id', 'created_at'),
    ('stg_hubspot__contacts', 'salesforce_lead_id', 'salesforce:lead', 'cross_id', 'created_at'),
    ('stg_hubspot__contacts', 'salesforce_contact_id', 'salesforce:contact', 'cross_id', 'created_at'),
    ('stg_pardot__prospects', 'salesforce_lead_id', 'salesforce:lead', 'cross_id', 'created_at'),
    ('stg_pardot__prospects', 'salesforce_contact_id', 'salesforce:contact', 'cross_id', 'created_at'),
] %}
with
links as (
    {%- for records, id, named, reason, linked_at in stated %}
    {{ named_records(records, id, named, reason, linked_at) }}
    union all
    {%- endfor %}
    select {{ record_key('marketo', 'lead', 'marketo_lead_id') }}, {{ record_key('marketo', 'lead', 'merged_id') }} as merged_key,
        'merged', occurred_at, merged_key
    from {{ ref('stg_marketo__activities') }},
        unnest({{ merged_ids_in("attributes ->> '$.\"Merge IDs\"'") }}) as merged (merged_id)
    where vendor_type = '32' and occurred_at < {{ as_of_end() }}
    union all
    select record_key, {{ record_key('hubspot', 'contact', 'merged_id') }} as merged_key, 'merged', modified_at, merged_key
    from {{ ref('stg_hubspot__contacts') }}, unnest({{ merged_ids_in('merged_ids') }}) as merged (merged_id)
    union all
    select {{ record_key('hubspot', 'contact', 'hubspot_contact_id') }},
        {{ record_key('hubspot', 'contact', 'merged_contact_id') }} as merged_key, 'merged', merged_at, merged_key
    from {{ ref('stg_hubspot__contact_merges') }}
    where coalesce(merged_at < {{ as_of_end() }}, true)
)

select
    left_key,
    right_key,
    min(reason) as reason,
    min(linked_at) as linked_at,
    min(absorbed_key) as absorbed_key
from links
where left_key <> right_key
group by left_key, right_key
