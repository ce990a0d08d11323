-- One row per hand-off whose owner in sales is known.
with
records as (
    select record_key, lead_id
    from {{ ref('int_lead_identity') }}
    where lead_id in (select lead_id from {{ ref('int_handoffs') }})
),

observed as (
    select r.lead_id, o.owner, o.observed_at, o.source
    from (
        select record_key, source, new_value as owner, changed_at as observed_at
        from {{ ref('int_owner_log') }}
        {%- for source, copies in [
            ('salesforce', 'stg_salesforce__lead_copies'), ('salesforce', 'stg_salesforce__contact_copies'),
            ('hubspot', 'stg_hubspot__contact_copies'), ('mapped', 'stg_mapped__lead_copies'),
        ] %}
        union all
        select record_key, '{{ source }}', owner_id, versioned_at from {{ ref(copies) }} where versioned_at < {{ as_of_end() }}
        {%- endfor %}
    ) as o
    inner join records as r on o.record_key = r.record_key
),

owners as (
    select o.owner, o.source, bool_or(m.pattern is not null) as is_marketing
    from (select distinct owner, source from observed where owner is not null) as o
    left join {{ ref('marketing_owners') }} as m
        on (m.source is null or m.source = o.source) and regexp_matches(o.owner, m.pattern, 'i')
    group by o.owner, o.source
),

-- Null: with marketing, or nobody's. Written twice at one instant, the id (it sorts before a name) counts.
in_sales as (
    select
        o.lead_id,
        o.observed_at,
        min(if(w.is_marketing, null, o.owner)) as owner,
        max(if(w.is_marketing, null, o.owner)) as name
    from observed as o
    left join owners as w on o.owner = w.owner and o.source = w.source
    group by o.lead_id, o.observed_at
),

-- So an id has the name that stands beside it most often.
named as (
    select owner, name, count(*) as times from in_sales where owner <> name group by owner, name
),

names as (
    select owner, arg_max(name, (times, name)) as owner_name
    from named
    where name not in (select n.owner from named as n)
    group by owner
),

-- Who had it first from the hand-off on, else who had it already.
handed as (
    select
        h.lead_id,
        h.segment_number,
        coalesce(
            arg_min(o.owner, o.observed_at) filter (where o.observed_at >= h.handed_off_at),
            arg_max({'owner': o.owner}, o.observed_at) filter (where o.observed_at < h.handed_off_at).owner
        ) as owner
    from {{ ref('int_handoffs') }} as h
    inner join {{ ref('int_lead_segments') }} as s on h.lead_id = s.lead_id and h.segment_number = s.segment_number
    inner join in_sales as o on h.lead_id = o.lead_id and (s.ends_at is null or o.observed_at <= s.ends_at)
    group by h.lead_id, h.segment_number
)

select h.lead_id, h.segment_number, h.owner, n.owner_name
from handed as h
left join names as n on h.owner = n.owner
where h.owner is not null
