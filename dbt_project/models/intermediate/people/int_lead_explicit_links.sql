-- One row per link that a source system states itself: two record keys that are one person, and who says so.
with
links as (
    select record_key as left_key, {{ record_key('salesforce', 'contact', 'converted_contact_id') }} as right_key,
        'converted' as reason, modified_at as linked_at
    from {{ ref('stg_salesforce__leads') }}
    where converted_contact_id is not null
    union all
    select record_key, {{ record_key('salesforce', 'lead', 'master_lead_id') }}, 'merged', modified_at
    from {{ ref('stg_salesforce__leads') }}
    where master_lead_id is not null
    union all
    select record_key, {{ record_key('salesforce', 'contact', 'master_contact_id') }}, 'merged', modified_at
    from {{ ref('stg_salesforce__contacts') }}
    where master_contact_id is not null
    union all
    select record_key, {{ record_key('salesforce', 'lead', 'salesforce_lead_id') }}, 'cross_id', created_at
    from {{ ref('stg_marketo__leads') }}
    where salesforce_lead_id is not null
    union all
    select record_key, {{ record_key('salesforce', 'contact', 'salesforce_contact_id') }}, 'cross_id', created_at
    from {{ ref('stg_marketo__leads') }}
    where salesforce_contact_id is not null
    union all
    select {{ record_key('marketo', 'lead', 'marketo_lead_id') }},
        {{ record_key('marketo', 'lead', 'merged_id') }}, 'merged', occurred_at
    from {{ ref('stg_marketo__activities') }},
        unnest({{ digits_in("attributes ->> '$.\"Merge IDs\"'") }}) as merged (merged_id)
    where vendor_type = '32' and occurred_at < {{ as_of_end() }}
)

select
    left_key,
    right_key,
    min(reason) as reason,
    min(linked_at) as linked_at
from links
where left_key <> right_key
group by left_key, right_key
