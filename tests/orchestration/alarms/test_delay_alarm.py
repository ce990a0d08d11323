"""The delay-drift check: sees slower and faster sales, and takes no change of the rate for one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from alarm_worlds import draw_lags

from orchestration.alarms.delays import DelayDrift, judge_delays

Days = Callable[[np.ndarray], np.ndarray]


def handed(
    *, per_week: int, rate: Days, median: Days, seed: int, weeks: int = 52
) -> tuple[np.ndarray, np.ndarray]:
    """(age, lag) as known at the as-of. rate, median: by days before the as-of."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(0, 7 * weeks, per_week * weeks)
    lag = np.where(rng.random(age.size) < rate(age), draw_lags(rng, age.size, median(age)), np.inf)
    return age, np.where(lag <= age, lag, np.inf)


def same(value: float) -> Days:
    return lambda age: np.full(age.shape, value)


def look(per_week: int, rate: Days, median: Days, seed: int = 1) -> DelayDrift:
    age, lag = handed(per_week=per_week, rate=rate, median=median, seed=seed)
    found = judge_delays(age, lag, horizon=90, window=91.0)
    assert found is not None
    return found


def test_sales_that_takes_twice_as_long_since_a_quarter_is_found() -> None:
    found = look(200, same(0.22), lambda age: np.where(age < 91, 34.0, 17.0))
    assert found.is_alarm
    assert found.ratio > 1.25
    assert found.before == pytest.approx(16.5, abs=3)


def test_sales_that_got_faster_is_found_too() -> None:
    found = look(200, same(0.22), lambda age: np.where(age < 91, 10.0, 18.0))
    assert found.is_alarm
    assert found.ratio < 0.8


def test_a_rate_that_halved_is_no_change_of_delays() -> None:
    """A logrank test of both windows takes it for one: its hazards halve at every age."""
    drops = [look(200, lambda age: np.where(age < 60, 0.12, 0.24), same(18.0), seed) for seed in range(8)]
    assert sum(found.is_alarm for found in drops) == 0
    assert sum(found.p_value < 0.05 for found in drops) <= 2


def test_a_small_difference_is_no_alarm_however_sure_it_is() -> None:
    found = look(2000, same(0.22), lambda age: np.where(age < 91, 20.0, 18.0))
    assert found.p_value < 0.05
    assert not found.is_alarm


def test_too_little_says_nothing() -> None:
    age, lag = handed(per_week=3, rate=same(0.2), median=same(18.0), seed=1)
    assert judge_delays(age, lag, horizon=90, window=91.0) is None
    assert judge_delays(np.zeros(0), np.zeros(0), horizon=90, window=91.0) is None


@pytest.mark.long
@pytest.mark.parametrize("per_week", [40, 200])
def test_full_count_steady_delays_raise_an_alarm_in_few_looks(per_week: int) -> None:
    """Rates that jump (the market's own shocks) and delays that stay."""
    rates = [same(0.22), lambda age: np.where(age < 45, 0.14, 0.24), lambda age: 0.15 + 0.15 * (age > 120)]
    found = [look(per_week, rate, same(18.0), seed) for rate in rates for seed in range(200)]
    assert np.mean([one.is_alarm for one in found]) <= 0.01
    assert np.mean([one.p_value < 0.05 for one in found]) <= 0.075


@pytest.mark.long
@pytest.mark.parametrize("per_week", [40, 200])
def test_full_count_of_a_year_of_weekly_looks_at_most_one_in_ten_raises_a_false_alarm(per_week: int) -> None:
    years = []
    for seed in range(80):
        last, lag = handed(per_week=per_week, rate=same(0.22), median=same(18.0), seed=seed, weeks=92)
        looks = (last - 7 * back for back in range(52))
        found = (judge_delays(*known(age, lag), horizon=90, window=91.0) for age in looks)
        years.append(any(one is not None and one.is_alarm for one in found))
    assert np.mean(years) <= 0.1


def known(age: np.ndarray, lag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    there = age > 0
    return age[there], np.where(lag <= age, lag, np.inf)[there]


@pytest.mark.long
def test_full_count_a_change_by_six_tenths_is_found_at_two_hundred_a_week() -> None:
    slower = [look(200, same(0.22), lambda age: np.where(age < 91, 28.8, 18.0), seed) for seed in range(50)]
    assert np.mean([one.is_alarm for one in slower]) >= 0.8
