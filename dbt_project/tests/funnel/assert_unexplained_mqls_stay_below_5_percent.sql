-- A returned row is a week of at least 20 MQLs, or all weeks together, that lost more than 5 % of its MQLs without a known outcome.
-- Read from the warehouse alone, so that a run that stops here can say what its rows say.
with weeks as (
    select e.cohort_week, count(*) as entered, count(u.mql_episode_id) as unexplained, string_agg(distinct u.left_for, ', ' order by u.left_for) as left_for
    from {{ ref('int_funnel_entries') }} as e
    left join {{ ref('int_unexplained_mqls') }} as u on e.entry_id = u.mql_episode_id
    where e.step = 'mql_to_sql'
    group by grouping sets ((e.cohort_week), ())
    having count(u.mql_episode_id) > 0.05 * count(*) and (e.cohort_week is null or count(*) >= 20)
)

select
    *,
    unexplained || ' of ' || entered || ' MQLs' || coalesce(' of the week of ' || cohort_week, '')
        || ' have no known outcome; they left for: ' || left(left_for, 200) as problem,
    'add those statuses to seeds/lifecycle_stages.csv, or to seeds/open_statuses.csv where sales is still working on the lead' as fix
from weeks
