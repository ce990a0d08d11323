-- One row per vendor and lead source in use that seeds/channel_map.csv names a channel for; a row for the vendor goes
-- before a row for any. An unmapped lead source stays as it is.
with
sources as (
    select distinct split_part(record_key, ':', 1) as vendor, lead_source
    from {{ ref('int_lead_record_history') }}
    where lead_source is not null
)

select s.vendor, s.lead_source, arg_min(m.channel, (m.source is null, m.channel)) as channel
from sources as s
inner join {{ ref('channel_map') }} as m
    on lower(trim(s.lead_source)) = lower(trim(m.value)) and (m.source is null or m.source = s.vendor)
group by s.vendor, s.lead_source
