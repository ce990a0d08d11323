-- One row per lead and segment with an SQL: its first one, and which MQL it comes from, if any.
with
sqls as (
    select *, {{ local_date('entered_at', 'is_date_only') }} as sql_on
    from {{ ref('int_stage_first_entries') }}
    where stage = 'sql'
),

episodes as (
    select mql_episode_id, lead_id, segment_number, mql_at, sql_at, is_bypass, outcome,
        {{ local_date('mql_at', 'mql_at_is_date_only') }} as mql_on
    from {{ ref('fct_mql_episodes') }}
),

-- An entry known at the very reset counts for the MQL before it, too.
conversions as (
    select lead_id, sql_at, min({'mql_on': mql_on, 'mql_episode_id': mql_episode_id}) as mql
    from episodes
    where outcome = 'sql'
    group by lead_id, sql_at
),

others as (
    select lead_id, segment_number, bool_or(is_bypass) as is_bypass
    from episodes
    group by lead_id, segment_number
)

select
    s.lead_id,
    s.segment_number,
    s.entered_at as sql_at,
    s.sql_on,
    s.channel,
    c.mql.mql_episode_id as mql_episode_id,
    c.mql.mql_on as mql_on,
    case
        when c.mql is not null then 'mql'
        when o.lead_id is null then 'without_mql'
        when o.is_bypass then 'before_mql'
        else 'after_other_outcome'
    end as origin
from sqls as s
left join conversions as c on s.lead_id = c.lead_id and s.entered_at = c.sql_at
left join others as o on s.lead_id = o.lead_id and s.segment_number = o.segment_number
