-- One row per e-mail address of HubSpot contacts that all are one person; where one of them lives, of the living ones.
with
addresses as (
    select c.email, c.record_key, p.lead_id, c.is_deleted
    from {{ ref('stg_hubspot__contacts') }} as c
    inner join {{ ref('int_lead_identity') }} as p on c.record_key = p.record_key
    where c.email is not null
    qualify not c.is_deleted or bool_and(c.is_deleted) over (partition by c.email)
)

select email, min(record_key) as record_key
from addresses
group by email
having count(distinct lead_id) = 1
