"""How long a trial of a new threshold must last: what is said comes true in simulated trials."""

from __future__ import annotations

import numpy as np
import pytest
from alarm_worlds import draw_lags, share_seen
from scipy import stats

from orchestration.calibration import exact
from orchestration.calibration.trial import Trial, trial_text, weeks_to_tell

BAND = (0.15, 0.30)


def trial(before: tuple[float, float], after: tuple[float, float]) -> Trial:
    return weeks_to_tell(before, after, BAND, share_seen)


def simulated(after: tuple[float, float], weeks: int, runs: int) -> tuple[np.ndarray, float, int]:
    """(SQLs seen at the end of each trial, mean share seen, hand-offs)."""
    rng = np.random.default_rng(1)
    n = round(after[0] * weeks)
    age = rng.uniform(0, 7 * weeks, (runs, n))
    final = rng.random((runs, n)) < after[1]
    lag = draw_lags(rng, runs * n).reshape(runs, n)
    return (final & (lag <= age)).sum(axis=1), float(share_seen(age).mean()), n


@pytest.mark.parametrize(
    ("before", "after"),
    [((60.0, 0.12), (45.0, 0.20)), ((200.0, 0.17), (150.0, 0.22)), ((80.0, 0.4), (120.0, 0.28))],
)
def test_the_new_rate_can_be_told_from_the_old_in_eight_of_ten_trials(
    before: tuple[float, float], after: tuple[float, float]
) -> None:
    weeks = trial(before, after).apart
    assert weeks is not None
    runs = 1500
    sqls, share, n = simulated(after, weeks, runs)
    past = round(before[0] * weeks)
    old = np.random.default_rng(2).binomial(past, before[1], runs)
    rate, old_rate = sqls / (n * share), old / past
    spread = np.sqrt(rate * (1 - rate * share) / (n * share) + old_rate * (1 - old_rate) / past)
    told = np.abs(rate - old_rate) > stats.norm.ppf(0.95) * spread
    assert 0.77 <= told.mean() <= 0.93  # whole weeks: a little more than 80 %


@pytest.mark.parametrize("after", [(40.0, 0.22), (150.0, 0.19), (300.0, 0.26)])
def test_the_interval_lies_inside_the_band_in_eight_of_ten_trials(after: tuple[float, float]) -> None:
    weeks = trial((after[0], after[1]), after).in_band
    assert weeks is not None
    sqls, share, n = simulated(after, weeks, 1500)
    counts = np.full(sqls.size, float(n))
    _, low, high = exact.final_rate_interval(sqls.astype(float), counts, np.full(sqls.size, share))
    inside = (low >= BAND[0]) & (high <= BAND[1])
    assert 0.72 <= inside.mean() <= 0.93  # exact intervals are a little wider than the approximation


def test_few_hand_offs_and_a_small_difference_take_longer_than_a_year() -> None:
    assert trial((8.0, 0.17), (7.0, 0.19)) == Trial(None, None)
    assert "within a year" in trial_text(trial((8.0, 0.17), (7.0, 0.19)))


def test_a_rate_outside_the_band_never_has_its_interval_inside() -> None:
    assert trial((100.0, 0.5), (150.0, 0.35)).in_band is None


def test_without_hand_offs_nothing_can_be_told() -> None:
    assert trial((100.0, 0.2), (0.0, 0.2)) == Trial(None, None)


def test_the_sentence_says_whether_thirty_to_sixty_days_decide_anything() -> None:
    assert trial_text(Trial(4, 12)).startswith("A trial of 30 days can decide something")
    assert trial_text(Trial(8, 12)).startswith("A trial of 60 days can decide something, one of 30 can't")
    long = trial_text(Trial(19, None))
    assert long.startswith("A trial of 30 to 60 days can't decide anything at this volume")
    assert "told from the old one after 19 weeks" in long
    assert "not answered within a year" in long
