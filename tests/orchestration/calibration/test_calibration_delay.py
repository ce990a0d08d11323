"""How long SQLs take: the period product-limit against a loop that follows its definition."""

from __future__ import annotations

import brute_force_delay as oracle
import numpy as np
import pytest
from calibration_worlds import AS_OF, World
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.calibration.delay import fit_delay
from orchestration.calibration.inputs import clean_handoffs
from orchestration.settings import Settings


def days_lived(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole-day CRM data: many ties, many day-0 conversions."""
    age = rng.integers(1, 300, n).astype(float)
    lag = np.where(rng.random(n) < 0.4, rng.integers(0, 120, n) * rng.integers(0, 2, n), np.inf).astype(float)
    return age, np.where(lag <= age, lag, np.inf)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_share_seen_equals_a_brute_force_loop_on_tied_and_day_zero_data(
    seed: int, weighted: bool
) -> None:
    rng = np.random.default_rng(seed)
    age, lag = days_lived(rng, 600)
    delay = fit_delay(age, lag, horizon=90, window=91)
    weights = rng.standard_exponential(600) if weighted else None
    expected = oracle.shares(age, lag, horizon=90, window=91, weights=weights)
    assert delay.basis == "recent"
    np.testing.assert_allclose(delay.shares(weights), expected, rtol=0, atol=1e-9)
    assert (lag == 0).sum() > 20  # the case is in the data


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 200)), min_size=200, max_size=400),
    st.integers(5, 60),
)
@settings(max_examples=25, deadline=None)
def test_the_share_seen_equals_the_loop_on_any_whole_day_data(
    rows: list[tuple[int, int]], horizon: int
) -> None:
    age = np.array([a for a, _ in rows], dtype=float)
    lag = np.array([lag if lag <= a else np.inf for a, lag in rows], dtype=float)
    delay = fit_delay(age, lag, horizon=horizon, window=91)
    if delay.basis == "recent":
        expected = oracle.shares(age, lag, horizon=horizon, window=91, weights=None)
        np.testing.assert_allclose(delay.shares(), expected, rtol=0, atol=1e-9)


def test_the_share_seen_recovers_the_true_delay() -> None:
    handed, _ = World(leads_per_week=2000, weeks=52, closed=0.0).make()
    known = clean_handoffs(handed, AS_OF, Settings().zone, 364)
    delay = fit_delay(known.age, known.lag, horizon=90, window=91)
    lag = ((handed["sql_at"] - handed["handed_off_at"]).dt.total_seconds() / 86400)[
        handed["handed_off_at"] < AS_OF - np.timedelta64(90, "D")
    ]
    for day in (7, 14, 28, 56):
        assert delay.at(np.array([float(day)]))[0] == pytest.approx(
            (lag <= day).sum() / lag.notna().sum(), abs=0.03
        )


def test_disqualified_leads_stay_at_risk_so_that_the_share_is_not_too_high() -> None:
    """Leads closed early without SQL never convert; taking them out as censored would inflate the later
    hazard.
    """
    handed, _ = World(leads_per_week=1500, weeks=52, closed=0.9).make()
    known = clean_handoffs(handed, AS_OF, Settings().zone, 364)
    without = clean_handoffs(handed.assign(closed_at=None), AS_OF, Settings().zone, 364)
    delay = fit_delay(known.age, known.lag, horizon=90, window=91)
    np.testing.assert_array_equal(
        delay.shares(), fit_delay(without.age, without.lag, horizon=90, window=91).shares()
    )
    final = delay.reached()[-1]
    mature = known.age > 90
    assert final == pytest.approx((known.lag[mature] <= 90).mean(), abs=0.02)


def test_faster_sales_are_noticed_because_only_recent_calendar_time_counts() -> None:
    rng = np.random.default_rng(3)
    age = rng.uniform(0, 364, 20_000)
    median = np.where(age < 200, 9.0, 30.0)
    lag = np.minimum(median * rng.lognormal(0, 0.6, age.size), 89)
    lag = np.where((rng.random(age.size) < 0.3) & (lag <= age), lag, np.inf)
    recent = fit_delay(age, lag, horizon=90, window=91).at(np.array([14.0]))[0]
    ever = fit_delay(age, lag, horizon=90, window=1e9).at(np.array([14.0]))[0]
    truth = (9.0 * np.random.default_rng(0).lognormal(0, 0.6, 100_000) <= 14).mean()
    assert abs(recent - truth) < 0.04
    assert abs(ever - truth) > 0.10


def test_a_history_shorter_than_the_horizon_says_nothing_about_the_end() -> None:
    rng = np.random.default_rng(0)
    age = rng.uniform(0, 60, 5000)
    lag = np.where(rng.random(5000) < 0.5, 5.0, np.inf)
    delay = fit_delay(age, np.where(lag <= age, lag, np.inf), horizon=90, window=91)
    assert delay.basis == "horizon_only"
    assert delay.shares().max() == 0
