-- A returned row is what makes no sense in seeds/scoring_rules.csv, and how to mend it.
{%- set is_fit, is_activity = "kind = 'fit'", "kind in ('engagement', 'negative')" %}
{{ wrong_rows('scoring_rules', 'rule_id', [
    (
        "rule_id is null or rule_id in ('floor', 'recorded', '(all)') or starts_with(rule_id, 'path:')",
        "'this rule_id is missing or has a meaning of its own'", "'give the rule another rule_id'",
    ),
    (
        "kind is null or kind not in ('fit', 'engagement', 'negative')",
        "format('kind {} does not exist', coalesce(kind, '(blank)'))", "'use fit, engagement or negative'",
    ),
    ("points is null or not isfinite(points)", "'points is no number'", "'fill points'"),
    ("kind = 'negative' and points >= 0", "format('a negative rule gives {} points', points)", "'write points below 0, or make it an engagement rule'"),
    ("half_life_days * 24 < 0.999 or not isfinite(half_life_days)", "format('half_life_days {} is shorter than an hour', half_life_days)", "'write at least 0.042 days, or leave it blank for no decay'"),
    ("max_count < 0", "format('max_count {} is below 0', max_count)", "'write how many activities count, or leave it blank for all'"),
    ("window_days < 1", "format('window_days {} is no whole day', window_days)", "'write at least 1, or leave it blank for the lead''s segment'"),
    activity_types_check('field', is_activity),
] + condition_checks(is_fit)) }}

union all

select
    format(
        'scoring_rules.csv, {} and {}: both are in force {} for {}', a.rule_id, b.rule_id,
        coalesce('from ' || greatest(a.valid_from, b.valid_from), 'from the beginning'), a.field
    ),
    'end one (valid_to) on the day the other begins (valid_from): one version of a rule, one rule of an activity type at a time'
from {{ ref('scoring_rules') }} as a
inner join {{ ref('scoring_rules') }} as b
    on a.rowid < b.rowid
    and (a.rule_id = b.rule_id or (a.kind <> 'fit' and b.kind <> 'fit' and a.field = b.field))
    and coalesce(a.valid_from < b.valid_to, true)
    and coalesce(b.valid_from < a.valid_to, true)
    -- what is never in force is in nobody's way
    and coalesce(a.valid_from < a.valid_to, true)
    and coalesce(b.valid_from < b.valid_to, true)
