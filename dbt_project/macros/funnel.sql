{# A missing channel or campaign as roll-ups show it; a literal `unknown` stays what it is. #}
{% macro or_none(value) -%}
    coalesce({{ value }}, '(none)')
{%- endmacro %}

{# The column of a roll-up: its value, or `(all)` in the rows that span it. #}
{% macro or_all(column) -%}
    case when grouping({{ column }}) = 1 then '(all)' else {{ column }} end
{%- endmacro %}

{# Group by `keys` with the four roll-ups (channel, campaign), (channel, all), (all, campaign), (all, all). #}
{% macro group_by_rollups(keys) -%}
    group by grouping sets (
        ({{ keys }}, channel, campaign_id),
        ({{ keys }}, channel),
        ({{ keys }}, campaign_id),
        ({{ keys }})
    )
{%- endmacro %}

{# Horizon in days of the step named by a column. #}
{% macro horizon_of(step) -%}
    case {{ step }}
        {%- for name, days in var('horizon_days').items() %} when '{{ name }}' then {{ days }}{% endfor %}
    end
{%- endmacro %}

{# Query: entrants of funnel steps with G of their age, the share of the final conversions that has usually been seen by then. #}
{% macro entries_with_g() -%}
    select entries.*, curve.g, curve.is_known as is_delay_known
    from {{ ref('int_funnel_entries') }} as entries
    left join {{ ref('int_delay_curve') }} as curve
        on curve.step = entries.step
        and curve.age_days = least(entries.age_days, entries.horizon_days)
{%- endmacro %}

{# A rate so far, or an end of its interval, as it is expected to be in the end; null where too little has been seen. #}
{% macro projected(share, completeness) -%}
    case
        when {{ completeness }} >= {{ var('min_completeness', 0.15) }} then least({{ share }} / {{ completeness }}, 1.0)
    end
{%- endmacro %}

{#
  Delay curve G per step: the share of the conversions within the horizon H that have been seen by an age, in whole days.

  `entrants`: one row per entrant with step, horizon_days, age_days (whole days from entry to as-of) and delay_days (whole
  days from entry to its conversion within the horizon, null without one).

  Period product-limit estimate: only the last `window_days` of calendar time count, so each entrant is at risk from its
  age at the window's start (exclusive; entrants of the window from day 0) to its conversion, its age or H, whichever
  comes first. Those with another outcome stay at risk: they are a competing event, not a censoring (calibration.md §1).
  A conversion counts before a censoring on the same day. G(a) = F(a)/F(H), F = 1 - product of (1 - conversions/at risk).
  `how_many`: what counts entrants; a sum where a row stands for several that are alike.
  With fewer than `min_events` conversions in the window, or nobody watched in it up to H (converted or not), nothing is known of the
  delay: G is 1 from H on and 0 before. F of a funnel younger than H is not F(H): G would promise too little is still to come.

  g_error: standard error of G as a share of G, from Greenwood's V(a) = sum of conversions/(at risk · (at risk - conversions)):
  log G = log F(a) - log F(H) varies by V(a) (1/F(a) - 1/F(H))² + (V(H) - V(a)) (1/F(H) - 1)².

  Returns a query: step, age_days (0 … H), g, g_error, is_known, at_risk, conversions.
#}
{% macro delay_curve(entrants, window_days, min_events, how_many='count(*)') -%}
    with spans as (
        select
            *,
            greatest(age_days - {{ window_days }}, 0) as from_day,
            least(coalesce(delay_days, age_days), age_days, horizon_days) as to_day,
            coalesce(delay_days <= least(age_days, horizon_days), false) as is_conversion
        from {{ entrants }}
        where age_days >= 0
    ),

    -- A span that ended before the window opened says nothing about the window.
    in_window as (
        select * from spans where from_day = 0 or to_day > from_day
    ),

    moves as (
        select
            step,
            case when from_day = 0 then 0 else from_day + 1 end as age_days,
            {{ how_many }} as entered, 0 as conversions, 0 as exited
        from in_window
        group by all
        union all
        select step, to_day, 0, {{ how_many }} filter (where is_conversion), 0 from in_window group by all
        union all
        select step, to_day + 1, 0, 0, {{ how_many }} from in_window group by all
    ),

    ages as (
        select step, max(horizon_days) as horizon_days, unnest(range(0, max(horizon_days) + 1)) as age_days,
            bool_or(age_days >= horizon_days and age_days - {{ window_days }} < horizon_days) as is_followed
        from {{ entrants }}
        group by step
    ),

    at_risk as (
        select
            ages.step,
            ages.horizon_days,
            ages.age_days,
            ages.is_followed,
            coalesce(sum(moves.conversions), 0) as conversions,
            sum(coalesce(sum(moves.entered - moves.exited), 0)) over by_age as at_risk
        from ages
        left join moves on moves.step = ages.step and moves.age_days = ages.age_days
        group by ages.step, ages.horizon_days, ages.age_days, ages.is_followed
        window by_age as (
            partition by ages.step order by ages.age_days rows between unbounded preceding and current row
        )
    ),

    seen as (
        select
            *,
            1.0 - product(1.0 - cast(conversions as double) / greatest(at_risk, 1)) over by_age as share_seen,
            sum(cast(conversions as double) / (greatest(at_risk, 1) * greatest(at_risk - conversions, 1)))
                over by_age as greenwood,
            is_followed and sum(conversions) over (partition by step) >= {{ [min_events, 1] | max }} as is_known
        from at_risk
        window by_age as (
            partition by step order by age_days rows between unbounded preceding and current row
        )
    )

    select
        step,
        cast(age_days as bigint) as age_days,
        case
            when age_days = horizon_days then 1.0
            when not is_known then 0.0
            -- The highest so far: a windowed product wobbles in its last digit where nothing happens.
            else max(share_seen) over by_age / max(share_seen) over (partition by step)
        end as g,
        case
            when not is_known or share_seen = 0 then 0.0
            else sqrt(
                greenwood * pow(1 / share_seen - 1 / max(share_seen) over (partition by step), 2)
                + (max(greenwood) over (partition by step) - greenwood)
                * pow(1 / max(share_seen) over (partition by step) - 1, 2)
            )
        end as g_error,
        is_known,
        cast(at_risk as bigint) as at_risk,
        cast(conversions as bigint) as conversions
    from seen
    window by_age as (
        partition by step order by age_days rows between unbounded preceding and current row
    )
{%- endmacro %}
