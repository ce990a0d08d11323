-- A returned row is a week of at least 20 MQLs, or all weeks together, that lost more than 5 % of its MQLs without a known outcome.
select cohort_week, sum(entered) as entered, sum(unexplained) as unexplained
from {{ ref('mart_conservation') }}
where channel = '(all)'
group by grouping sets ((cohort_week), ())
having sum(unexplained) > 0.05 * sum(entered) and (cohort_week is null or sum(entered) >= 20)
