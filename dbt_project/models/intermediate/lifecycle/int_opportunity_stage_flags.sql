-- One row per source and opportunity stage (lower case): whether an opportunity in it is closed, and won. Said by the
-- opportunities themselves, else by the source's own list of stages, else by seeds/opportunity_stages.csv.
with
said as (
    select 'salesforce' as source, stage, is_closed, is_won, 1 as strength from {{ ref('stg_salesforce__opportunities') }}
    union all by name
    select 'mapped' as source, stage, is_closed, is_won, 1 as strength from {{ ref('stg_mapped__opportunities') }}
    union all by name
    select 'hubspot' as source, stage, is_closed, is_won, 1 as strength from {{ ref('stg_hubspot__deals') }}
    union all by name
    select 'salesforce' as source, unnest([stage, api_name]) as stage, is_closed, is_won, 2 as strength
    from {{ ref('stg_salesforce__opportunity_stages') }}
    union all by name
    select 'hubspot' as source, unnest([stage_id, label]) as stage, is_closed, is_won, 2 as strength
    from {{ ref('stg_hubspot__pipeline_stages') }}
    union all by name
    select s.source, m.stage, m.is_closed, m.is_won, 3 as strength
    from {{ ref('opportunity_stages') }} as m
    cross join (values ('salesforce'), ('mapped'), ('hubspot'), ('pardot')) as s (source)
),

-- Several opportunities, or stages of one name in two pipelines: closed if any of them is.
by_strength as (
    select source, {{ stage_key('stage') }} as stage, strength,
        bool_or(coalesce(is_closed, if(is_won, true, null))) as is_closed, bool_or(is_won) as is_won
    from said
    where stage is not null
    group by all
)

select
    source,
    stage,
    arg_min(is_closed, strength) filter (where is_closed is not null) as is_closed,
    coalesce(arg_min(is_won, strength) filter (where is_won is not null), false) as is_won
from by_strength
group by source, stage
having bool_or(is_closed is not null)
