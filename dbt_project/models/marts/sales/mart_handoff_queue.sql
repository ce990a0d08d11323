-- One row per open MQL episode that sales has neither accepted, called nor met, in the order to work them.
with
open_episodes as (
    select e.*,
        {{ waits_from('e.mql_at', 'e.mql_at_is_date_only') }} as waits_from
    from {{ ref('fct_mql_episodes') }} as e
    where e.outcome = 'open' and e.sql_at is null and e.accepted_at is null
),

activities as (
    select e.mql_episode_id, e.mql_at, e.mql_at_is_date_only, a.activity_id, a.activity_type, a.occurred_at, a.is_date_only, a.is_bot
    from open_episodes as e
    inner join {{ ref('fct_activities') }} as a on e.lead_id = a.lead_id
),

touched as (
    select distinct mql_episode_id
    from activities
    where {{ is_sales_touch('activity_type') }} and {{ not_before('occurred_at', 'is_date_only', 'mql_at', 'mql_at_is_date_only') }}
),

waiting as (
    select *
    from open_episodes
    where mql_episode_id not in (select mql_episode_id from touched)
),

-- What a rule or a path says of itself, in its newest wording.
notes as (
    select rule_id, arg_max(note, (coalesce(valid_from, date '0001-01-01'), note)) as note
    from {{ ref('scoring_rules') }}
    where coalesce(valid_from <= {{ as_of_day() }}, true)
    group by rule_id
),

path_notes as (
    select path_id, string_agg(note, ' ' order by step, note) as note
    from (
        select path_id, step, note
        from {{ ref('qualification_paths') }}
        where coalesce(valid_from <= {{ as_of_day() }}, true)
        qualify rank() over (partition by path_id order by valid_from desc nulls last) = 1
    )
    group by path_id
),

parts as (
    select w.mql_episode_id, unnest(w.reasons, max_depth := 2)
    from waiting as w
),

top_reasons as (
    select
        p.mql_episode_id,
        list(
            coalesce(n.note, p.rule_id) || format(' {:+.1f}', p.points)
                || coalesce(' (' || {{ shown_time('p.occurred_at', 'a.is_date_only') }} || ')', '')
            order by p.points desc, p.occurred_at desc, p.rule_id, p.activity_id
        )[1:5] as reasons
    from parts as p
    left join notes as n on p.rule_id = n.rule_id
    left join activities as a on p.mql_episode_id = a.mql_episode_id and p.activity_id = a.activity_id
    where p.points > 0 and p.rule_id <> 'floor'
    group by p.mql_episode_id
),

recent as (
    select
        mql_episode_id,
        list(
            replace(activity_type, '_', ' ') || ' (' || {{ shown_time('occurred_at', 'is_date_only') }} || ')'
            order by occurred_at desc, activity_id
        )[1:5] as recent_activities
    from activities
    where not is_bot and {{ is_own_activity('activity_type') }}
    group by mql_episode_id
),

{{ due_instants('waiting', ['mql_episode_id']) }}

select
    cast(row_number() over (
        order by {{ is_tier_1('l.account_tier') }} desc, l.lead_score desc, w.mql_at, w.mql_episode_id
    ) as integer) as queue_position,
    w.mql_episode_id,
    w.lead_id,
    nullif(trim(concat_ws(' ', l.first_name, l.last_name)), '') as name,
    l.email,
    l.company,
    l.title,
    l.lead_score,
    list_concat(
        [case
            when w.qualified_by = 'score' then format('Score {:.1f}, threshold {:.1f}', w.score_at_mql, w.threshold_at_mql)
            when w.qualified_by = 'recorded' then 'Marked as MQL by the source'
            else 'Path ' || substr(w.qualified_by, 6) || coalesce(': ' || p.note, '')
        end],
        coalesce(t.reasons, [])
    ) as reasons,
    coalesce(r.recent_activities, []) as recent_activities,
    w.channel,
    w.campaign_id,
    a.account_id,
    l.account_tier,
    {{ is_tier_1('l.account_tier') }} as is_tier_1,
    w.mql_at,
    w.mql_at_is_date_only,
    d.due_at,
    d.due_at < {{ as_of_end() }} as is_overdue
from waiting as w
inner join {{ ref('dim_leads') }} as l on w.lead_id = l.lead_id
left join due as d on w.mql_episode_id = d.mql_episode_id
left join {{ ref('int_lead_accounts') }} as a on w.lead_id = a.lead_id
left join top_reasons as t on w.mql_episode_id = t.mql_episode_id
left join recent as r on w.mql_episode_id = r.mql_episode_id
left join path_notes as p on w.qualified_by = 'path:' || p.path_id
-- nobody calls a competitor or a test record
where not l.is_excluded
