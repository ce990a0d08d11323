-- One row per cohort week × channel × campaign × step, with `(all)` rows that span channels, campaigns or both.
with cohorts as (
    {{ entries_with_g() }}
),

counts as (
    select
        cohort_week,
        {{ or_all('channel') }} as channel,
        {{ or_all('campaign_id') }} as campaign_id,
        step,
        count(*) as entered,
        count(*) filter (where is_converted) as converted,
        count(*) filter (where is_within_horizon) as converted_within_horizon,
        count(*) filter (where outcome in ('sql', 'disqualified', 'recycled')) as resolved,
        {{ exact_mean_of_shares('g') }} as completeness,
        any_value(is_delay_known) as is_delay_known,
        max(horizon_days) as horizon_days,
        cohort_week + 6 + max(horizon_days) <= {{ as_of_day() }} as is_matured
    from cohorts
    {{ group_by_rollups('step, cohort_week') }}
)

select
    cohort_week,
    channel,
    campaign_id,
    step,
    entered,
    converted,
    converted_within_horizon,
    case when step = 'mql_to_sql' then resolved end as resolved,
    {{ ratio('converted', 'entered') }} as rate_to_date,
    case when is_matured then {{ ratio('converted_within_horizon', 'entered') }} end as rate_matured,
    case when step = 'mql_to_sql' then {{ ratio('converted', 'resolved') }} end as rate_resolved,
    completeness,
    {%- for name, share in {
        'rate_projected': ratio('converted', 'entered'),
        'projected_low': wilson_low('converted', 'entered'),
        'projected_high': wilson_high('converted', 'entered'),
    }.items() %}
    {{ projected(share, 'completeness') }} as {{ name }},
    {%- endfor %}
    case
        when rate_projected is not null then null
        when is_delay_known then 'too young'
        else 'delay unknown'
    end as no_projection_reason,
    horizon_days,
    is_matured
from counts
