-- One row per check and setting (rule, path:<id>, gate:<channel>, exclusion:<id>, threshold:<segment>, or (all)) it warns of at
-- the as-of; it blocks nothing.
with
rules as (
    select * from {{ ref('int_scoring_rules') }} where valid_from_at < valid_to_at and valid_to_at >= {{ as_of_end() }}
),

thresholds as (
    select segment, threshold, min_fit, min_engagement
    from {{ ref('int_thresholds') }}
    where threshold is not null and to_at >= {{ as_of_end() }}
),

minimums as (
    select 'threshold:' || segment as rule_id, min_fit, 'by score' as way from thresholds
    union all
    select 'path:' || path_id, min_fit, 'on it'
    from {{ ref('int_path_steps') }}
    -- beside a recorded score nobody is asked for fit
    where from_at < to_at and to_at >= {{ as_of_end() }} and not {{ is_score_recorded() }}
),

-- The most that fit can be: the best value of each attribute, what its rules give together.
best_fit as (
    select coalesce(sum(points), 0) as fit
    from (
        select field, greatest(max(points), 0) as points
        from (
            select field, attribute_value, sum(points) as points
            from {{ ref('int_fit_rule_values') }}
            where is_in_force
            group by field, attribute_value
        )
        group by field
    )
),

open_points as (
    select rule_id, max({{ most_points('points', 'max_count', 'window_days', 'half_life_days') }}) as most
    from rules
    where kind <> 'fit' and field = 'email_open' and points > 0
    group by rule_id
),

held_values as (
    select rule_id, field, any_value(points) as points, list_sort(list(coalesce(attribute_value, ''))) as held
    from {{ ref('int_fit_rule_values') }}
    where is_in_force
    group by rule_id, field
),

-- What a condition in force or to come compares with, part by part.
compared as (
    select rule_id, field, operator, trim(unnest(if(operator = 'in', string_split(value, '|'), [value]))) as part
    from (
        select rule_id, field, operator, value from rules where kind = 'fit'
        union
        select 'exclusion:' || exclusion_id, field, operator, value
        from {{ ref('exclusions') }}
        where valid_to is null or {{ local_midnight('valid_to') }} >= {{ as_of_end() }}
    )
    where operator in ('eq', 'ne', 'in', 'gte', 'lte')
),

uncastable as (
    select rule_id,
        string_agg(
            format('{} {} {}: what is no {} satisfies nothing.', field, operator, part,
                if(field in ('{{ flag_attributes() | join("', '") }}') and operator not in ('gte', 'lte'), 'flag', 'number')),
            ' ' order by field, operator, part
        ) as message
    from (select distinct * from compared)
    where part <> '' and if(operator in ('gte', 'lte'), cast(try_cast(part as double) as varchar), {{ as_attribute('field', 'part') }}) is null
    group by rule_id
),

-- Rows of a file that are never in force.
empty_rows (rule_id, file) as (
    select rule_id, 'scoring_rules.csv' from {{ ref('int_scoring_rules') }} where valid_from_at >= valid_to_at
    union
    select 'path:' || path_id, 'qualification_paths.csv' from {{ ref('int_path_steps') }} where from_at >= to_at
    union
    select 'gate:' || coalesce(channel, '(every channel)'), 'channel_gates.csv' from {{ ref('int_channel_gates') }} where from_at >= to_at
    union
    select 'exclusion:' || exclusion_id, 'exclusions.csv' from {{ ref('exclusions') }} where valid_from >= valid_to
),

found as (
    select
        'opens_reach_threshold' as check_id,
        o.rule_id,
        'E-mail opens alone can be worth '
            || if(isinf(o.most), 'any number of points, however few each gives', format('up to {:.1f} points', o.most))
            || format('; with the best possible fit ({:.1f}) they reach the threshold of ', b.fit)
            || string_agg(format('{} ({:.1f})', t.segment, t.threshold), ', ' order by t.segment, t.threshold)
            || '. Mail programs that protect privacy open mail that nobody reads.' as message
    from open_points as o
    cross join best_fit as b
    inner join thresholds as t
        on {{ meets('o.most', 't.min_engagement') }} and {{ meets('b.fit', 't.min_fit') }}
        and {{ meets('b.fit + o.most', 't.threshold') }}
    group by o.rule_id, o.most, b.fit

    union all

    select
        if(rule_id like 'gate:%', 'gate_never_opens', 'never_fires'),
        rule_id,
        case cause
            when 'impossible_value' then format('No value that {} can have satisfies it.', subject)
            when 'unknown_value'
                then format('{} is known for {:,} leads, and no value that any lead ever had satisfies it.', subject, leads)
            when 'no_activity' then format('No activity of type {} is in the extracts', subject)
                || if(rule_id like 'gate:%', ': its leads can become MQL neither by score nor by a path.', '.')
        end
    from {{ ref('int_unfireable_rules') }}
    where cause <> 'impossible_value' or rule_id not in (select rule_id from uncastable)

    union all

    select 'value_of_another_type', rule_id, message from uncastable

    union all

    select 'empty_validity', rule_id, format('A row of {} ends on or before the day it begins: it is never in force.', file)
    from empty_rows

    union all

    select 'cap_of_zero', rule_id, 'max_count is 0: no activity ever earns its points.'
    from rules
    where max_count = 0
    group by rule_id

    union all

    select
        'minimum_out_of_reach',
        m.rule_id,
        format('min_fit is {:.1f}, but the best possible fit is {:.1f}: nobody becomes MQL {}.', max(m.min_fit), b.fit, m.way)
    from minimums as m
    cross join best_fit as b
    where not {{ meets('b.fit', 'm.min_fit') }}
    group by m.rule_id, m.way, b.fit

    union all

    select
        'threshold_never_decides',
        'threshold:' || segment,
        string_agg(
            format('min_fit {:.1f} + min_engagement {:.1f} reach the threshold {:.1f}: the minimums alone decide.',
                min_fit, min_engagement, threshold),
            ' ' order by threshold, min_fit, min_engagement
        )
    from thresholds
    where {{ meets('min_fit + min_engagement', 'threshold') }}
    group by segment

    union all

    select
        'rules_cancel',
        a.rule_id,
        string_agg(
            format('It gives {:+.1f} whenever {} gives {:+.1f}: the same values of {} satisfy both.', a.points, b.rule_id, b.points, a.field),
            ' ' order by b.rule_id
        )
    from held_values as a
    inner join held_values as b on a.field = b.field and a.held = b.held and a.points > 0 and b.points < 0
    group by a.rule_id
    {%- if is_score_recorded() %}

    union all

    select 'rules_only_explain', '(all)',
        'The score that decides is the one your marketing tool recorded: rules tell fit and engagement, but neither their points nor minimums decide.'
    {%- endif %}
),

remedies (check_id, severity, fix) as (
    values
        ('opens_reach_threshold', 'warning', 'In scoring_rules.csv end the row and add one with fewer points, a lower max_count or a shorter half-life; or raise min_engagement in mql_thresholds.csv above what opens can give.'),
        ('never_fires', 'warning', 'Compare the value with what sources send (dim_lead_history, fct_activities); export what is missing, map it in activity_types.csv or attribute_fields.csv, or end the row.'),
        ('gate_never_opens', 'warning', 'Export these activities, map their vendor type in activity_types.csv, or end the gate in channel_gates.csv.'),
        ('value_of_another_type', 'warning', 'In a new row write a number (50, not fifty) or a flag (true, yes, 1, false, no, 0), and end this one.'),
        ('empty_validity', 'warning', 'Correct valid_to, or delete the row.'),
        ('cap_of_zero', 'warning', 'Raise max_count in a new row of scoring_rules.csv, or end the rule.'),
        ('minimum_out_of_reach', 'warning', 'Lower min_fit in a new row, or give fit rules more points.'),
        ('threshold_never_decides', 'information', 'Nothing, if that is meant; else lower a minimum or raise the threshold in mql_thresholds.csv.'),
        ('rules_cancel', 'warning', 'End one of the two rows in scoring_rules.csv.'),
        ('rules_only_explain', 'information', 'Nothing, if that is meant; else set score_basis: rules in bandpass.yml.')
)

select f.check_id, r.severity, f.rule_id, f.message, r.fix
from found as f
inner join remedies as r on f.check_id = r.check_id
