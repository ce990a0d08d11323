-- One row per pair of records joined by an e-mail address that belongs to one person: not a shared mailbox, and no
-- explicit ids of its records contradict each other. The first record of an address stands for it.
with
linked as (
    select left_key as record_key, right_key as other_key from {{ ref('int_lead_explicit_links') }} where reason <> 'merged'
    union
    select right_key, left_key from {{ ref('int_lead_explicit_links') }} where reason <> 'merged'
),

counterparts as (
    select record_key, regexp_extract(other_key, '^[^:]+:[^:]+') as other_kind, list_sort(list(other_key)) as other_keys
    from linked
    group by record_key, other_kind
),

addresses as (
    select r.record_key, r.email, r.created_at, regexp_extract(r.record_key, '^[^:]+:[^:]+') as kind
    from {{ ref('int_lead_records') }} as r
    where r.email is not null
        and contains(r.email, '@')
        and split_part(r.email, '@', 1) not in (select lower(trim(local_part)) from {{ ref('shared_mailboxes') }})
),

named as (
    select a.email, a.record_key, c.other_kind, c.other_keys
    from addresses as a
    inner join counterparts as c on a.record_key = c.record_key
),

contradictory as (
    -- two records name counterparts of one kind, but not the same one
    select l.email
    from named as l
    inner join named as r
        on l.email = r.email and l.other_kind = r.other_kind and l.record_key < r.record_key
        and not list_has_any(l.other_keys, r.other_keys)
    union
    -- a record names a counterpart elsewhere, while another record of that kind has this address
    select n.email
    from named as n
    inner join addresses as here on n.email = here.email and n.other_kind = here.kind
    where here.record_key <> n.record_key
    group by n.email, n.record_key, n.other_kind, n.other_keys
    having not list_has_any(list(here.record_key), n.other_keys)
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
