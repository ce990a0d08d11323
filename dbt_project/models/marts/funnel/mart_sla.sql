-- One row per period × owner × channel × response band, with `(all)` rows: how fast sales called or met whom it was given.
with
periods as (
    select r.*, unnest(
        if({{ as_of_day() }} - handed_off_on < {{ var('delay_window_days', 91) }}, ['all', 'recent'], ['all'])
    ) as period
    from {{ ref('int_handoff_responses') }} as r
),

banded as (
    select *,
        case
            when response in ('past_due', 'waiting', 'decided_untouched') then 'not touched'
            when response_hours is null then 'time unknown'
            when response_hours <= 1 then '0-1 h'
            when response_hours <= 4 then '1-4 h'
            when response_hours <= 8 then '4-8 h'
            when response_hours <= 24 then '8-24 h'
            else 'over 24 h'
        end as response_band
    from periods
),

counts as (
    select
        period,
        {{ or_all('owner') }} as owner,
        if(grouping(owner) = 1, null, max(owner_name)) as owner_name,
        {{ or_all('channel') }} as channel,
        {{ or_all('response_band') }} as response_band,
        count(*) as handed_off,
        {%- for response in ['in_time', 'late', 'decided_untouched', 'past_due', 'waiting'] %}
        count(*) filter (where response = '{{ response }}') as {{ response }},
        {%- endfor %}
        count(*) filter (where response in ('in_time', 'late', 'past_due')) as due,
        quantile_disc(response_hours, 0.5) as median_response_hours,
        count(*) filter (where is_matured) as matured,
        count(*) filter (where is_matured and is_sql_within_horizon) as matured_sqls
    from banded
    group by grouping sets (
        (period, owner, channel), (period, owner), (period, channel), (period),
        (period, channel, response_band), (period, response_band)
    )
)

select
    period,
    owner,
    owner_name,
    channel,
    response_band,
    handed_off,
    in_time,
    late,
    decided_untouched,
    past_due,
    waiting,
    if(response_band = '(all)', due, null) as due,
    if(response_band = '(all)', {{ ratio('in_time', 'due') }}, null) as in_time_rate,
    if(response_band = '(all)' and due > 0, {{ wilson_low('in_time', 'due') }}, null) as in_time_low,
    if(response_band = '(all)' and due > 0, {{ wilson_high('in_time', 'due') }}, null) as in_time_high,
    median_response_hours,
    matured,
    matured_sqls,
    {{ ratio('matured_sqls', 'matured') }} as sql_rate_matured,
    if(matured > 0, {{ wilson_low('matured_sqls', 'matured') }}, null) as sql_rate_low,
    if(matured > 0, {{ wilson_high('matured_sqls', 'matured') }}, null) as sql_rate_high,
    if(
        response_band = '(all)',
        null,
        'Goes together with speed, need not come from it: sales calls first whom it likes best, and who converts or is turned down early cannot be called late.'
    ) as note
from counts
