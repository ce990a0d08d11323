-- One row per published rate or number and table: the register of what each one means, with the settings in force.
with settings (name, value) as (
    values
    {%- for name, variable in {
        'business_hours.days': 'business_days',
        'business_hours.end': 'business_end_minute',
        'business_hours.start': 'business_start_minute',
        'calibration.delay_window_days': 'delay_window_days',
        'calibration.history_days': 'history_days',
        'calibration.min_completeness': 'min_completeness',
        'channel_basis': 'channel_basis',
        'cooldown_days': 'cooldown_days',
        'handoff_evidence': 'handoff_evidence',
        'horizon_days': 'horizon_days',
        'mql_basis': 'mql_basis',
        'nurture_margin': 'nurture_margin',
        'response_target_hours': 'response_target_hours',
        'score_basis': 'score_basis',
        'time_zone': 'time_zone',
    }.items() %}
    ('{{ name }}', '{{ setting_text(var(variable)) }}'){{ ',' if not loop.last }}
    {%- endfor %}
),

-- A definition names the settings it depends on: `setting horizon_days`.
named as (
    select distinct
        metric,
        table_name,
        unnest({{ settings_named_in('concat_ws(\' \', numerator, denominator, "window", plain_words)') }}) as name
    from {{ ref('metric_definitions') }}
),

in_force as (
    select
        metric,
        table_name,
        string_agg(name || ': ' || coalesce(value, 'unknown'), '; ' order by name) as settings
    from named
    left join settings using (name)
    group by metric, table_name
)

select
    metric,
    table_name,
    basis,
    numerator,
    denominator,
    "window",
    version,
    settings,
    plain_words
from {{ ref('metric_definitions') }}
left join in_force using (metric, table_name)
