-- A returned row is what makes no sense in seeds/exclusions.csv, and how to mend it.
{{ wrong_rows('exclusions', 'exclusion_id', [("exclusion_id is null", "'exclusion_id is blank'", "'fill it'")] + condition_checks()) }}
union all
{{ differing_groups('exclusions', 'exclusion_id', ['valid_from', 'valid_to']) }}
