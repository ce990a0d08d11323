"""Expected final rates against worlds with known ones: right on average, their ranges as sure as they say?

The worlds are entrants of a step; the project's own delay curve and conversion mart (their SQL) are computed
for all worlds at once, as if each world were a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pytest

from .rendering import model

HORIZON = 90
WEEKS = 40  # the window of 91 days at every age up to the horizon, and 12 weeks before that
VARIABLES = {"as_of": "2025-06-29", "time_zone": "UTC", "delay_window_days": 91, "min_completeness": 0.15}


@dataclass(frozen=True)
class World:
    """Entrants a week, their final rate, the delays of conversions (log-normal), what changes.

    noise: how far the rates of the weeks of one world lie apart (sd of the logarithm).
    quicker: the delays of conversions after the last 12 weeks began, relative to those before.
    """

    a_week: float = 80
    rate: float = 0.2
    median_days: float = 18
    sigma: float = 1.0
    noise: float = 0.0
    quicker: float = 1.0


KINDS = {
    "as expected": World(),
    "few leads": World(a_week=25),
    "many leads": World(a_week=300),
    "low rate": World(rate=0.06),
    "slow sales": World(median_days=35, sigma=0.6),
    "uneven weeks": World(a_week=50, rate=0.3, noise=0.3),
}


def entrants(kind: World, worlds: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    rates = kind.rate * np.exp(draw.normal(-(kind.noise**2) / 2, kind.noise, (worlds, WEEKS)))
    sizes = draw.poisson(kind.a_week, rates.shape)
    cell = np.repeat(np.arange(rates.size), sizes.ravel())
    age = cell % WEEKS * 7 + draw.integers(0, 7, len(cell))
    # The delay of a conversion within the horizon, so that the rate is the final one.
    pool = np.exp(draw.normal(np.log(kind.median_days), kind.sigma, 200_000))
    delay = draw.choice(np.floor(pool[pool < HORIZON + 1]).astype(int), len(cell))
    is_late = age - delay < 84
    delay = np.where(is_late, np.floor(delay * kind.quicker).astype(int), delay)
    rate = rates.ravel()[cell]
    is_converted = (draw.random(len(cell)) < rate) & (delay <= age)
    return pd.DataFrame(
        {
            "world": cell // WEEKS,
            "weeks_ago": cell % WEEKS,
            "true_rate": rate,
            "age_days": age,
            "is_converted": is_converted,
            "delay_days": np.where(is_converted, delay, -1),
        }
    )


def expected_rates(kind: World, worlds: int, seed: int = 1) -> pd.DataFrame:
    """One row per world and cohort week: the published numbers and the rate the week was made with."""
    with duckdb.connect() as connection:
        connection.register("drawn", entrants(kind, worlds, seed))
        connection.execute(
            f"""
            create table int_funnel_entries as
            select
                'world ' || world as step, weeks_ago, true_rate, '(none)' as channel, '(none)' as campaign_id,
                date '{VARIABLES["as_of"]}' - 6 - 7 * weeks_ago::integer as cohort_week,
                {HORIZON} as horizon_days, age_days, is_converted, is_converted as is_within_horizon,
                if(is_converted, delay_days, null) as delay_days, null::varchar as outcome
            from drawn
            """  # noqa: S608
        )
        curve = model("intermediate/funnel/int_delay_curve.sql", variables=VARIABLES)
        connection.execute(f"create table int_delay_curve as {curve}")
        mart = model("marts/funnel/mart_conversion_weekly.sql", variables=VARIABLES)
        return connection.execute(
            f"""
            with truth as (select distinct step, cohort_week, weeks_ago, true_rate from int_funnel_entries)
            select * from ({mart}) inner join truth using (step, cohort_week)
            where channel = '(all)' and campaign_id = '(all)'
            """  # noqa: S608
        ).df()


def bias(rows: pd.DataFrame) -> float:
    return float((rows.rate_projected - rows.true_rate).mean())


def coverage(rows: pd.DataFrame) -> float:
    return float(rows.true_rate.between(rows.projected_low, rows.projected_high).mean())


def check(kind: World, worlds: int) -> None:
    found = expected_rates(kind, worlds)
    four_weeks = found[found.weeks_ago == 4]
    assert four_weeks.rate_projected.notna().all()
    assert abs(bias(four_weeks)) < 0.01
    assert 0.87 <= coverage(four_weeks) <= 0.94
    # All young weeks that have an expected rate, so that no age hides behind another.
    for weeks_ago in range(3, 13):
        rows = found[(found.weeks_ago == weeks_ago) & found.rate_projected.notna()]
        assert 0.85 <= coverage(rows) <= 0.96, weeks_ago


@pytest.mark.parametrize("kind", ["as expected", "few leads", "uneven weeks"])
def test_expected_final_rates_are_unbiased_and_their_ranges_cover_nine_of_ten(kind: str) -> None:
    check(KINDS[kind], 500)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_in_many_worlds(kind: str) -> None:
    check(KINDS[kind], 4000 if KINDS[kind].a_week < 100 else 1500)


def test_the_rate_so_far_of_a_young_week_would_be_far_off() -> None:
    """Else the worlds would not ask anything."""
    found = expected_rates(World(), 100)
    young = found[found.weeks_ago == 2]
    assert float((young.rate_to_date - young.true_rate).mean()) < -0.05


def test_sales_that_gets_faster_is_followed() -> None:
    """By the delays of all cohorts together it would be 0.03 too high at four weeks."""
    found = expected_rates(World(quicker=0.6), 300)
    assert abs(bias(found[found.weeks_ago == 4])) < 0.02
