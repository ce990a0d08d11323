-- One row per source record, and per record that a link names but no extract holds: the person (lead_id) it belongs to and
-- why.
with recursive
edges as materialized (
    select left_key as from_key, right_key as to_key from {{ ref('int_lead_explicit_links') }}
    union
    select right_key, left_key from {{ ref('int_lead_explicit_links') }}
    union
    select left_key, right_key from {{ ref('int_lead_email_links') }}
    union
    select right_key, left_key from {{ ref('int_lead_email_links') }}
),

{{ connected_components('edges', 'from_key', 'to_key') }},

-- Why a record was joined: the strongest link it has.
reasons as (
    select record_key, arg_min(reason, (strength, reason)) as reason, min(linked_at) as linked_at
    from (
        select unnest([left_key, right_key]) as record_key, reason, linked_at,
            case reason when 'merged' then 1 when 'converted' then 2 when 'cross_id' then 3 else 4 end as strength
        from (
            select * from {{ ref('int_lead_explicit_links') }}
            union all by name
            select * from {{ ref('int_lead_email_links') }}
        )
    )
    group by record_key
),

members as (
    select coalesce(r.record_key, c.node) as record_key, coalesce(c.component, r.record_key) as person,
        r.record_key is not null as is_extracted, r.created_at, r.is_deleted, r.is_absorbed
    from {{ ref('int_lead_records') }} as r
    full join components as c on r.record_key = c.node
),

roots as (
    select
        person,
        arg_min(record_key, (created_at, record_key)) as root_key,
        -- a copy of an absorbed record keeps nobody alive, unless the record that absorbed it was never extracted
        coalesce(bool_and(is_deleted) filter (where not is_absorbed), bool_and(is_deleted)) as is_deleted
    from members
    where is_extracted
    group by person
)

select
    m.record_key,
    'l_' || left(md5(r.root_key), 16) as lead_id,
    r.root_key,
    m.record_key = r.root_key as is_root,
    why.reason,
    why.linked_at,
    r.is_deleted as is_person_deleted
from members as m
inner join roots as r on m.person = r.person
left join reasons as why on m.record_key = why.record_key
