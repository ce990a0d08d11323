-- A returned row is what makes no sense in seeds/mql_thresholds.csv, and how to mend it.
{%- set required = "write a number above 0" %}
{{ wrong_rows('mql_thresholds', 'segment', [
    ("segment is null", "'the segment is blank'", "'write global or a channel'"),
    ("segment = 'global' and threshold is null", "'global has no threshold, and nothing else to follow'", "'fill threshold'"),
    ("not isfinite(threshold)", "'the threshold is no number'", "'fill threshold'"),
    ("threshold is not null and (min_fit is null or not isfinite(min_fit) or min_fit <= 0)", "format('min_fit {} is not above 0', coalesce(cast(min_fit as varchar), '(blank)'))", "'" ~ required ~ "'"),
    ("threshold is not null and (min_engagement is null or not isfinite(min_engagement) or min_engagement <= 0)", "format('min_engagement {} is not above 0', coalesce(cast(min_engagement as varchar), '(blank)'))", "'" ~ required ~ "'"),
]) }}
union all
select 'mql_thresholds.csv: there is no row for global', 'add one with threshold, min_fit and min_engagement, and effective_from left blank'
where not exists (select 1 from {{ ref('mql_thresholds') }} where segment = 'global')
union all
select
    format('mql_thresholds.csv, global: its first row is in force only from {}, and nothing before', effective_from),
    'leave effective_from blank in the first row of global, or put the row it follows above it'
from (select effective_from from {{ ref('mql_thresholds') }} where segment = 'global' order by rowid limit 1)
where effective_from is not null
