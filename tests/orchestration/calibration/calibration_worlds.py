"""Small worlds with known truth: leads, scores, hand-offs, SQLs. Shared by the calibration tests and
benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from orchestration.calibration import checks

AS_OF = pd.Timestamp("2026-06-01")


def usual_curve(score: np.ndarray, level: float = 0.0) -> np.ndarray:
    """P(final SQL within 90 days | score): monotone, not logistic; about 22 % over scores of 45 and more."""
    return expit(-2.6 + 2.6 * (np.clip(score, 0, 100) / 100) ** 1.5 + level)


@dataclass
class World:
    """leads_per_week: all scored leads. delay: median days to SQL (lognormal). closed: share of the rest
    closed early.
    """

    leads_per_week: int = 400
    weeks: int = 60
    threshold: float = 45
    curve: Callable[[np.ndarray], np.ndarray] = usual_curve
    delay: float = 18.0
    closed: float = 0.5
    seed: int = 1
    whole_scores: bool = False

    def scores(self, rng: np.random.Generator, n: int) -> np.ndarray:
        score = 100 * rng.beta(2.2, 3.0, n)
        return np.floor(score) if self.whole_scores else score

    def true_rate(self, threshold: float) -> float:
        score = self.scores(np.random.default_rng(10**6), 50_000)
        return float(self.curve(score[score >= threshold]).mean())

    def make(self, as_of: pd.Timestamp = AS_OF) -> tuple[pd.DataFrame, pd.DataFrame]:
        rng = np.random.default_rng(self.seed)
        n = self.leads_per_week * self.weeks
        age = rng.uniform(0, 7 * self.weeks, n)
        score = self.scores(rng, n)
        at = as_of - pd.to_timedelta(age, unit="D")
        lag = stats.lognorm.rvs(0.7, scale=self.delay, size=n, random_state=rng)
        lag = np.where(lag > 90, rng.uniform(0, 90, n), lag)
        final = rng.random(n) < self.curve(score)
        closed = ~final & (rng.random(n) < self.closed)
        close_lag = rng.exponential(15, n)
        days = pd.to_timedelta(lag, unit="D")
        sql_at = pd.Series(at + days).where(final & (lag < age))
        closed_at = pd.Series(at + pd.to_timedelta(close_lag, unit="D")).where(closed & (close_lag < age))
        everyone = pd.DataFrame(
            {
                "lead_id": [f"l_{i:016x}" for i in range(n)],
                "score": score,
                "handed_off_at": at,
                "sql_at": sql_at,
                "closed_at": closed_at,
            }
        )
        handed = everyone[score >= self.threshold].reset_index(drop=True)
        recent = age <= 56
        return handed, pd.DataFrame({"score": score[recent], "scored_at": at[recent]})


def failures(curve: pd.DataFrame, suggestions: pd.DataFrame) -> list[str]:
    """What the checks of the two tables, as a run makes them, find wrong."""
    return [
        *checks.rates_are_shares(curve),
        *checks.volumes_are_counts(curve),
        *checks.intervals_hold_their_rate(curve),
        *checks.keys_are_unique(curve, suggestions),
        *checks.suggestions_agree_with_curve(curve, suggestions),
    ]
