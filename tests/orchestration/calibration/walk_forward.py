"""A market that drifts, week by week, and policies that re-tune the threshold on what was visible that
day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from orchestration.calibration import suggest
from orchestration.settings import Settings

START = pd.Timestamp("2024-01-01")
BURN_IN, EVALUATED, EVERY = 52, 104, 4
REGIMES = {"calm": (45.0, False), "shocks": (45.0, True), "strict": (68.0, True), "loose": (22.0, True)}
Policy = Callable[["Market", int, float], float]


def base_rate(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Monotone, not logistic: flat at the bottom, steep in the middle, flat at the top."""
    return 0.005 + 0.33 / (1 + np.exp(-(score - 62) / 9)) + 0.0005 * score


@dataclass
class Market:
    regime: str
    seed: int
    leads_per_week: int = 400
    drift: float = 0.04
    score: NDArray[np.float64] = field(init=False)
    final: NDArray[np.bool_] = field(init=False)
    lag: NDArray[np.float64] = field(init=False)
    born: NDArray[np.float64] = field(init=False)
    threshold: NDArray[np.float64] = field(init=False)  # in force when the lead came; nan: not yet decided

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        weeks, per = BURN_IN + EVALUATED, self.leads_per_week
        self.start, shocks = REGIMES[self.regime]
        steps = np.where(np.arange(weeks) < BURN_IN, 0.0, rng.normal(0, self.drift, weeks))
        if shocks:
            steps[BURN_IN + 50] -= 0.55
            steps[BURN_IN + 90] += 0.95
        self.level = np.cumsum(steps)
        week = np.repeat(np.arange(weeks), per)
        self.born = 7 * (week + rng.random(week.size))
        self.score = 100 * rng.beta(2.6, 2.6, week.size)
        self.final = rng.random(week.size) < expit(logit(base_rate(self.score)) + self.level[week])
        speed = np.where(week > BURN_IN + 60, 0.7, 1.0)
        self.lag = np.minimum(18 * speed * rng.lognormal(0, 0.7, week.size), 89.9)
        self.week = week
        self.threshold = np.where(week < BURN_IN, self.start, np.nan)
        self.reference = 100 * np.random.default_rng(0).beta(2.6, 2.6, 40_000)

    def true_rate(self, week: int, threshold: float) -> float:
        score = self.reference[self.reference >= threshold]
        return float(expit(logit(base_rate(score)) + self.level[week]).mean())

    def visible(self, week: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Hand-offs and candidates as known at the start of a week."""
        now = 7.0 * week
        handed = (self.born < now) & (self.score >= self.threshold) & (self.born > now - 371)
        sql = np.where(self.final & (self.born + self.lag < now), self.born + self.lag, np.nan)
        frame = pd.DataFrame(
            {
                "lead_id": np.flatnonzero(handed),
                "score": self.score[handed],
                "handed_off_at": START + pd.to_timedelta(self.born[handed], unit="D"),
                "sql_at": START + pd.to_timedelta(sql[handed], unit="D"),
                "closed_at": pd.NaT,
            }
        )
        recent = (self.born < now) & (self.born >= now - 56)
        at = START + pd.to_timedelta(self.born[recent], unit="D")
        return frame, pd.DataFrame({"score": self.score[recent], "scored_at": at})


@dataclass
class Outcome:
    """Per evaluated week: the true rate and threshold; stated chances at each decision."""

    rates: list[float]
    thresholds: list[float]

    def in_band(self) -> float:
        return float(np.mean([0.15 <= rate <= 0.30 for rate in self.rates]))

    def changes_per_year(self) -> float:
        return float((np.diff(self.thresholds) != 0).sum()) / EVALUATED * 52


def run(market: Market, policy: Policy) -> Outcome:
    threshold, rates, used = market.start, [], []
    for week in range(BURN_IN, BURN_IN + EVALUATED):
        if (week - BURN_IN) % EVERY == 0:
            threshold = policy(market, week, threshold)
        market.threshold[market.week == week] = threshold
        rates.append(market.true_rate(week, threshold))
        used.append(threshold)
    return Outcome(rates, used)


def fixed(market: Market, week: int, threshold: float) -> float:
    return threshold


def _naive(market: Market, week: int, threshold: float, *, youngest: float) -> float:
    """Mid-band by raw "SQLs so far / hand-offs" of 8 weeks of hand-offs, the newest `youngest` days old."""
    handed, _ = market.visible(week)
    now = START + pd.Timedelta(days=7 * week)
    age = (now - handed["handed_off_at"]).dt.total_seconds() / 86400
    rows = handed[(age >= youngest) & (age < youngest + 56)]
    grid = np.arange(max(threshold - 12, 0), threshold + 16)
    rate = [rows.loc[rows["score"] >= t, "sql_at"].notna().mean() for t in grid]
    return float(grid[int(np.nanargmin(np.abs(np.array(rate) - 0.225)))])


def naive_raw(market: Market, week: int, threshold: float) -> float:
    return _naive(market, week, threshold, youngest=0)


def naive_matured(market: Market, week: int, threshold: float) -> float:
    return _naive(market, week, threshold, youngest=90)


def bandpass(settings: Settings | None = None, log: list[object] | None = None) -> Policy:
    def policy(market: Market, week: int, threshold: float) -> float:
        handed, candidates = market.visible(week)
        found = suggest(handed, candidates, START + pd.Timedelta(days=7 * week), threshold, settings)
        if log is not None:
            log.append(
                (
                    week,
                    found,
                    market.true_rate(week, threshold),
                    market.true_rate(week, found.suggested_threshold),
                )
            )
        return found.suggested_threshold

    return policy
