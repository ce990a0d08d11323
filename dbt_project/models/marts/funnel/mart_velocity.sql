-- One row per period × step × channel, with `(all)` rows: how many days the step takes, and how old open MQLs are.
with
spans as (
    select
        p.period,
        e.step,
        {{ or_all('e.channel') }} as channel,
        greatest(e.age_days - p.window_days, 0) as from_day,
        least(coalesce(e.delay_days, e.age_days), e.age_days, e.horizon_days) as to_day,
        coalesce(e.delay_days <= least(e.age_days, e.horizon_days), false) as is_conversion,
        max(e.horizon_days) as horizon_days,
        count(*) as entrants
    from {{ ref('int_funnel_entries') }} as e
    cross join (values ('all', 1000000), ('recent', {{ var('delay_window_days', 91) }})) as p (period, window_days)
    where e.age_days >= 0
    group by grouping sets (
        (p.period, e.step, e.channel, from_day, to_day, is_conversion), (p.period, e.step, from_day, to_day, is_conversion)
    )
),

-- As in delay_curve(): who left before the window opened says nothing about it.
in_window as (
    select * from spans where from_day = 0 or to_day > from_day
),

totals as (
    select
        period,
        step,
        channel,
        max(horizon_days) as horizon_days,
        max(to_day) as followed_days,
        cast(sum(entrants) as bigint) as entrants,
        cast(coalesce(sum(entrants) filter (where is_conversion), 0) as bigint) as conversions
    from in_window
    group by all
),

moves as (
    select period, step, channel, if(from_day = 0, 0, from_day + 1) as age_days, entrants as entered, 0 as converted, 0 as left_after
    from in_window
    union all
    select period, step, channel, to_day, 0, if(is_conversion, entrants, 0), entrants
    from in_window
),

-- Whoever leaves at an age is still at risk on that day.
by_age as (
    select
        period,
        step,
        channel,
        age_days,
        sum(converted) as converted,
        sum(sum(entered)) over ages - coalesce(sum(sum(left_after)) over (
            partition by period, step, channel order by age_days rows between unbounded preceding and 1 preceding
        ), 0) as at_risk
    from moves
    group by period, step, channel, age_days
    window ages as (partition by period, step, channel order by age_days rows between unbounded preceding and current row)
),

seen as (
    select *,
        1.0 - product(1.0 - cast(converted as double) / greatest(at_risk, 1)) over (
            partition by period, step, channel order by age_days rows between unbounded preceding and current row
        ) as share_seen
    from by_age
),

finals as (
    select *, max(share_seen) over (partition by period, step, channel) as share_in_the_end
    from seen
    where converted > 0
),

-- Half of them on a day is reached with the tolerance of a product of doubles.
passed as (
    select
        period,
        step,
        channel,
        max(share_in_the_end) as share_in_the_end
        {%- for name, share in {'median': 0.5, 'p75': 0.75, 'p90': 0.9}.items() %},
        min(age_days) filter (where share_seen >= {{ share }} * share_in_the_end - 1e-12) as {{ name }}_days,
        min(age_days) filter (where share_seen >= {{ share }} - 1e-12) as {{ name }}_days_of_entrants
        {%- endfor %}
    from finals
    group by period, step, channel
),

waiting as (
    select
        step,
        {{ or_all('channel') }} as channel,
        count(*) as open_now
        {%- for name, share in {'median': 0.5, 'p75': 0.75, 'p90': 0.9}.items() %},
        quantile_disc(age_days, {{ share }}) as open_age_{{ name }}_days
        {%- endfor %}
    from {{ ref('int_funnel_entries') }}
    where step = 'mql_to_sql' and outcome = 'open'
    group by grouping sets ((step, channel), (step))
),

judged as (
    select
        t.*,
        p.* exclude (period, step, channel),
        case
            when t.conversions < {{ var('velocity_min_conversions', 10) }}
                then 'fewer than {{ var("velocity_min_conversions", 10) }} conversions'
            when t.followed_days < t.horizon_days and p.share_in_the_end < 1
                then 'nobody has been followed up to the horizon yet'
        end as unknown_because
    from totals as t
    left join passed as p on t.period = p.period and t.step = p.step and t.channel = p.channel
)

select
    j.period,
    j.step,
    j.channel,
    j.entrants,
    j.conversions,
    cast(j.horizon_days as integer) as horizon_days
    {%- for name in ['median', 'p75', 'p90'] %},
    if(j.unknown_because is null, j.{{ name }}_days, null) as {{ name }}_days
    {%- endfor %}
    {%- for name in ['median', 'p75', 'p90'] %},
    if(j.conversions >= {{ var('velocity_min_conversions', 10) }}, j.{{ name }}_days_of_entrants, null) as {{ name }}_days_of_entrants
    {%- endfor %},
    j.unknown_because,
    case when j.step = 'mql_to_sql' then coalesce(w.open_now, 0) end as open_now
    {%- for name in ['median', 'p75', 'p90'] %},
    w.open_age_{{ name }}_days
    {%- endfor %}
from judged as j
left join waiting as w on j.step = w.step and j.channel = w.channel
