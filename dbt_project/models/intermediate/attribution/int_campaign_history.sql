-- One row per campaign and period in which it was known under one name and channel.
with
versions as (
    select campaign_id, 'salesforce' as source, name, type, null as channel, campaign_id as record_id, versioned_at,
        _extracted_at, _content, _file_hash, _record
    from {{ ref('stg_salesforce__campaign_copies') }}
    union all
    select campaign_id, 'mapped', name, type, channel, campaign_id, versioned_at,
        _extracted_at, _content, _file_hash, _record
    from {{ ref('stg_mapped__campaign_copies') }}
    union all
    select coalesce(salesforce_campaign_id, program_id), 'marketo', name, coalesce(marketo_channel, type), null, program_id, versioned_at,
        _extracted_at, _content, _file_hash, _record
    from {{ ref('stg_marketo__program_copies') }}
    union all
    select coalesce(salesforce_campaign_id, campaign_id), 'pardot', name, null, null, campaign_id, versioned_at,
        _extracted_at, _content, _file_hash, _record
    from {{ ref('stg_pardot__campaign_copies') }}
),

known as (
    select
        v.campaign_id,
        v.versioned_at,
        coalesce(v.name, v.campaign_id) as name,
        coalesce(g.channel, nullif(trim(v.channel), ''), m.channel) as channel
    from versions as v
    inner join {{ ref('int_campaigns') }} as c on v.campaign_id = c.campaign_id and v.source = c.source
    left join ({{ channels_of_mapped() }}) as g on lower(trim(v.channel)) = g.value
    left join ({{ channels_of_types() }}) as m on lower(trim(v.type)) = m.value
    where v.versioned_at < {{ as_of_end() }}
    {{ newest_version('v.campaign_id, v.versioned_at', 'v.versioned_at') }}
),

changes as (
    select
        campaign_id, name, channel,
        if(lag(versioned_at) over versions is null, null, versioned_at) as valid_from
    from known
    window versions as (partition by campaign_id order by versioned_at)
    qualify lag(versioned_at) over versions is null or (name, channel) is distinct from lag((name, channel)) over versions
)

select
    campaign_id, name, channel, valid_from,
    lead(valid_from) over (partition by campaign_id order by valid_from nulls first) as valid_to
from changes

union all

select campaign_id, name, channel, null, null
from {{ ref('int_campaigns') }}
where campaign_id not in (select campaign_id from known)
