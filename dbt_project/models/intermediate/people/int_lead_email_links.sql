-- One row per pair of records joined by an e-mail address that belongs to one person: not a shared mailbox, and no
-- explicit ids of its records contradict each other. The first record of an address stands for it.
with recursive
edges as materialized (
    select left_key as from_key, right_key as to_key from {{ ref('int_lead_explicit_links') }}
    union
    select right_key, left_key from {{ ref('int_lead_explicit_links') }}
),

{{ connected_components('edges', 'from_key', 'to_key') }},

component_kinds as (
    select distinct component, {{ record_kind('node') }} as kind from components
),

addresses as (
    select r.record_key, {{ record_kind('r.record_key') }} as kind, r.email, r.created_at, c.component
    from {{ ref('int_lead_records') }} as r
    left join components as c on r.record_key = c.node
    where r.email is not null
        and contains(r.email, '@')
        and split_part(r.email, '@', 1) not in (select lower(trim(local_part)) from {{ ref('shared_mailboxes') }})
),

-- Of what other kinds the records are that explicit ids, directly or over others, join a record with.
named as (
    select a.email, a.component, k.kind as other_kind
    from addresses as a
    inner join component_kinds as k on a.component = k.component and a.kind <> k.kind
),

contradictory as (
    -- two records name counterparts of one kind, but not the same one
    select email
    from named
    group by email, other_kind
    having count(distinct component) > 1
    union
    -- a record names a counterpart elsewhere, while another record of that kind has this address
    select n.email
    from named as n
    inner join addresses as here on n.email = here.email and n.other_kind = here.kind
    group by n.email, n.component, n.other_kind
    having not bool_or(here.component is not distinct from n.component)
),

joined as (
    select *, first_value(record_key) over first as first_key, first_value(created_at) over first as first_created_at
    from addresses
    where email not in (select email from contradictory)
    window first as (partition by email order by record_key)
)

select first_key as left_key, record_key as right_key, 'email' as reason, greatest(created_at, first_created_at) as linked_at
from joined
where record_key <> first_key
