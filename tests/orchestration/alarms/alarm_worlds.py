"""Hand-offs with a known rate and known delays, and what of them is seen at a weekly look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from orchestration.alarms.level import Seen

SPREAD, MEDIAN, HORIZON = 0.7, 18.0, 90.0
LEAST_SHARE = 0.15


def share_seen(age: np.ndarray, median: float = MEDIAN) -> np.ndarray:
    """G: share of the SQLs within 90 days that have come by an age in days; lognormal."""
    whole = stats.lognorm.cdf(HORIZON, SPREAD, scale=median)
    return np.minimum(stats.lognorm.cdf(np.minimum(age, HORIZON), SPREAD, scale=median) / whole, 1.0)


def draw_lags(rng: np.random.Generator, n: int, median: float | np.ndarray = MEDIAN) -> np.ndarray:
    """Days to SQL, all within the horizon."""
    whole = stats.lognorm.cdf(HORIZON, SPREAD, scale=median)
    return stats.lognorm.ppf(rng.random(n) * whole, SPREAD, scale=median)


@dataclass
class Handed:
    """born: days since the threshold began. lag: days to SQL, inf for none."""

    born: np.ndarray
    lag: np.ndarray

    def at(self, day: float) -> Seen:
        """What is seen at the end of a day, with G known."""
        age = day - self.born
        used = (age > 0) & (share_seen(np.maximum(age, 0)) >= LEAST_SHARE)
        return Seen((self.born[used] // 7).astype(np.int64), (self.lag <= age)[used], share_seen(age[used]))


def hand_over(rate: Callable[[np.ndarray], np.ndarray], *, per_week: int, weeks: int, seed: int) -> Handed:
    """rate: final rate by day of the hand-off."""
    rng = np.random.default_rng(seed)
    born = np.sort(rng.uniform(0, 7 * weeks, per_week * weeks))
    final = rng.random(born.size) < rate(born)
    return Handed(born, np.where(final, draw_lags(rng, born.size), np.inf))
