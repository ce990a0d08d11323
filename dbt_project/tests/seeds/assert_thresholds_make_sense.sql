-- A returned row is what makes no sense in seeds/mql_thresholds.csv, and how to mend it.
{%- set required = "write a number above 0" %}
{{ wrong_rows('mql_thresholds', 'segment', [
    ("segment is null", "'the segment is blank'", "'write global or a channel'"),
    ("segment = 'global' and threshold is null", "'global has no threshold, and nothing else to follow'", "'fill threshold'"),
    ("not isfinite(threshold)", "'the threshold is no number'", "'fill threshold'"),
    ("threshold is not null and (min_fit is null or not isfinite(min_fit) or min_fit <= 0)", "format('min_fit {} is not above 0', coalesce(cast(min_fit as varchar), '(blank)'))", "'" ~ required ~ "'"),
    ("threshold is not null and (min_engagement is null or not isfinite(min_engagement) or min_engagement <= 0)", "format('min_engagement {} is not above 0', coalesce(cast(min_engagement as varchar), '(blank)'))", "'" ~ required ~ "'"),
]) }}
