-- One row per pair of records joined by an e-mail address that belongs to one person: not a shared mailbox, and no
-- explicit id of either record names another record in the other's place.
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

pairs as (
    select l.record_key as left_key, r.record_key as right_key, l.kind as left_kind, r.kind as right_kind,
        greatest(l.created_at, r.created_at) as linked_at
    from addresses as l
    inner join addresses as r on l.email = r.email and l.record_key < r.record_key
),

-- Both records name a record of a third kind, but not the same one.
conflicts as (
    select distinct p.left_key, p.right_key
    from pairs as p
    inner join counterparts as a on p.left_key = a.record_key
    inner join counterparts as b
        on p.right_key = b.record_key
        and a.other_kind = b.other_kind
        and not list_has_any(a.other_keys, b.other_keys)
)

select p.left_key, p.right_key, 'email' as reason, p.linked_at
from pairs as p
-- one record names another record than this one as its counterpart of this one's kind
left join counterparts as l on p.left_key = l.record_key and p.right_kind = l.other_kind
left join counterparts as r on p.right_key = r.record_key and p.left_kind = r.other_kind
where (l.record_key is null or list_contains(l.other_keys, p.right_key))
    and (r.record_key is null or list_contains(r.other_keys, p.left_key))
    and not exists (
        select 1 from conflicts as c where c.left_key = p.left_key and c.right_key = p.right_key
    )
