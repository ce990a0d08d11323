-- A returned row is what makes no sense in seeds/qualification_paths.csv, and how to mend it.
{{ wrong_rows('qualification_paths', 'path_id', [
    ("path_id is null or step is null", "'path_id or step is blank'", "'fill both'"),
    ("min_count < 1", "format('min_count {} of step {} is below 1', min_count, step)", "'write how many activities it takes, or leave it blank for 1'"),
    ("within_days < 0 or not isfinite(within_days)", "format('within_days {} of step {} is no number of days', within_days, step)", "'write days, or leave it blank for the lead''s segment'"),
    ("not isfinite(min_fit) or not isfinite(min_engagement)", "format('a minimum of step {} is no number', step)", "'write a number, or leave it blank for none'"),
    activity_types_check('activity_type'),
]) }}
union all
select format('qualification_paths.csv, {}: step {} stands {} times', path_id, step, count(*)), 'number the steps 1, 2, …'
from {{ ref('qualification_paths') }}
group by path_id, step
having count(*) > 1
union all
{{ differing_groups('qualification_paths', 'path_id', ['ordered', 'channel', 'valid_from', 'valid_to']) }}
