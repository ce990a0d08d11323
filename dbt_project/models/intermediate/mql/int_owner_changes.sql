-- One row per source record and instant at which it went from marketing, or from nobody, to an owner in sales.
{{ config(materialized='view') }}
with owners as (
    select o.source, o.owner, bool_or(m.pattern is not null) as is_marketing
    from (select distinct source, unnest([old_value, new_value]) as owner from {{ ref('int_owner_log') }}) as o
    left join {{ ref('marketing_owners') }} as m
        on (m.source is null or m.source = o.source) and regexp_matches(o.owner, m.pattern, 'i')
    where o.owner is not null
    group by o.source, o.owner
)

-- A change may stand twice at one instant, by ids and by names: what either tells of an owner counts.
select
    c.record_key,
    c.changed_at,
    bool_or(c.is_date_only) as is_date_only,
    min(c.known_at) as known_at
from {{ ref('int_owner_log') }} as c
left join owners as old_owner on c.source = old_owner.source and c.old_value = old_owner.owner
left join owners as new_owner on c.source = new_owner.source and c.new_value = new_owner.owner
group by c.record_key, c.changed_at
having bool_and(c.new_value is not null)
    and not bool_or(coalesce(new_owner.is_marketing, false))
    and (bool_and(c.old_value is null) or bool_or(coalesce(old_owner.is_marketing, false)))
