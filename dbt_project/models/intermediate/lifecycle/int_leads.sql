-- One row per person that is not deleted: when first created, and the source records it stands for.
select
    p.lead_id,
    min(r.created_at) as created_at,
    arg_min(r.created_at_is_date, (r.created_at, r.record_key)) as created_at_is_date,
    list_sort(list(p.record_key)) as source_ids,
    arg_min(r.first_name, (r.priority, r.created_at, r.record_key)) as first_name,
    arg_min(r.last_name, (r.priority, r.created_at, r.record_key)) as last_name,
    arg_min(r.account_id, (r.priority, r.created_at, r.record_key)) as account_id,
    arg_min(r.campaign_id, (r.created_at, r.record_key)) as own_campaign_id
from {{ ref('int_lead_identity') }} as p
inner join {{ ref('int_lead_records') }} as r on p.record_key = r.record_key
where not p.is_person_deleted
group by p.lead_id
