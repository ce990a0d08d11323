"""Sample markets with known truth: leads arrive, scores may move, the market drifts and jumps.

Nothing here is shown to a policy but through `HandOffLog.known`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from orchestration.backtest.policies import Known
from orchestration.calibration.model import Flags, Floats, Ints
from orchestration.settings import Band

START = pd.Timestamp("2024-01-01")
BURN_IN, EVALUATED, EVERY = 52, 104, 4  # weeks: before the first decision, evaluated, between decisions
AFTERMATH = 18  # weeks after its birth in which a lead's score still moves
MOST_EVENTS = 8
HALF_LIFE_DAYS = 30.0  # of engagement points
HORIZON = 90.0  # days
GRID = np.arange(0.0, 100.0, 0.5)  # thresholds whose true rate is tabulated

Regime = Literal["calm", "shocks", "too strict", "too loose"]
ScoreKind = Literal["peak", "at hand-off", "landmark"]

REGIMES: dict[Regime, tuple[float, bool]] = {
    "calm": (34.0, False),
    "shocks": (34.0, True),
    "too strict": (58.0, True),
    "too loose": (12.0, True),
}
"""Threshold at the start, and whether the market jumps: -.55 (logit) in week 50, +.95 in week 90."""


@dataclass(frozen=True, order=True)
class Plan:
    """Which world: everything random in it follows from this.

    moving: a lead's score moves with its activities (else each lead has one score). drift: standard
    deviation of the market's random walk, logit a week.
    """

    regime: Regime
    leads_per_week: int = 400
    moving: bool = False
    seed: int = 0
    drift: float = 0.04


def base_rate(quality: Floats) -> Floats:
    """P(SQL within 90 days of the hand-off) at market level 0, of quality 0-100: monotone, not logistic."""
    rate: Floats = 0.01 + 0.5 / (1 + np.exp(-(quality - 55) / 9))
    return rate


@dataclass(frozen=True)
class Paths:
    """Scores of n leads at up to K instants. quality (n,); days (n, K) from birth on, inf: no such instant;
    score (n, K).
    """

    quality: Floats
    days: Floats
    score: Floats

    @property
    def peak(self) -> Floats:
        highest: Floats = np.where(np.isfinite(self.days), self.score, -np.inf).max(axis=1)
        return highest


def draw_paths(n: int, rng: np.random.Generator, *, moving: bool) -> Paths:
    """One instant and score = quality; or fit points and a burst of activities whose points decay."""
    quality = 100 * rng.beta(1.6, 2.8, n)
    if not moving:
        return Paths(quality, np.zeros((n, 1)), quality[:, None])
    count = 1 + np.minimum(rng.poisson(3, n), MOST_EVENTS - 1)
    days = np.cumsum(rng.exponential(7, (n, MOST_EVENTS)), axis=1)
    days = days - days[:, :1]
    known = (np.arange(MOST_EVENTS) < count[:, None]) & (days < 7 * (AFTERMATH - 1))
    shares = np.where(known, rng.gamma(2.0, 1.0, (n, MOST_EVENTS)), 0.0)
    engagement = 0.75 * quality * rng.lognormal(0, 0.15, n)
    points = shares / shares.sum(axis=1, keepdims=True) * engagement[:, None]
    score = np.empty((n, MOST_EVENTS))
    standing = np.zeros(n)
    for k in range(MOST_EVENTS):
        if k:
            standing = standing * 0.5 ** ((days[:, k] - days[:, k - 1]) / HALF_LIFE_DAYS)
        standing = standing + points[:, k]
        score[:, k] = standing
    fit = 0.35 * quality + rng.normal(0, 4, n)
    score = np.clip(score + fit[:, None], 0, 100)
    return Paths(quality, np.where(known, days, np.inf), score)


@lru_cache(maxsize=2)
def _population(moving: bool) -> tuple[Floats, Floats]:
    """(peak ascending, logit of the base rate in that order) of 40,000 leads: what a rate is averaged
    over.
    """
    paths = draw_paths(40_000, np.random.default_rng(0), moving=moving)
    order = np.argsort(paths.peak, kind="stable")
    return paths.peak[order], logit(base_rate(paths.quality[order]))


class World:
    """A market over BURN_IN + EVALUATED weeks. Arrays over its leads are in order of birth; days count from
    START.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        rng = np.random.default_rng([plan.seed, plan.leads_per_week, int(plan.moving)])
        weeks, per = BURN_IN + EVALUATED, plan.leads_per_week
        self.start, jumps = REGIMES[plan.regime]
        steps = np.where(np.arange(weeks) < BURN_IN, 0.0, rng.normal(0, plan.drift, weeks))
        if jumps:
            steps[BURN_IN + 50] -= 0.55
            steps[BURN_IN + 90] += 0.95
        self.level: Floats = np.cumsum(steps)
        n = weeks * per
        self.born: Floats = np.sort(7 * (np.repeat(np.arange(weeks), per) + rng.random(n)))
        paths = draw_paths(n, rng, moving=plan.moving)
        self.base: Floats = logit(base_rate(paths.quality))
        self.at: Floats = self.born[:, None] + paths.days  # (n, K) instants
        self.score = paths.score
        self.luck: Floats = rng.random(n)  # becomes SQL where this is below its chance
        self.pace: Floats = rng.lognormal(0, 0.7, n)  # how long it takes, 1 = median
        self.closing: Floats = np.where(rng.random(n) < 0.5, 25 * rng.lognormal(0, 0.7, n), np.inf)
        self._rates: dict[int, Floats] = {}

    def chance(self, leads: Ints, week: int) -> Floats:
        """True P(SQL) of leads handed over in a week."""
        chance: Floats = expit(self.base[leads] + self.level[week])
        return chance

    def rates(self, week: int) -> Floats:
        """True final rate at each threshold of GRID, of all leads that ever reach it."""
        if week not in self._rates:
            peak, base = _population(self.plan.moving)
            total = np.append(np.cumsum(expit(base + self.level[week])[::-1])[::-1], 0.0)
            first = np.searchsorted(peak, GRID, side="left")
            self._rates[week] = total[first] / np.maximum(peak.size - first, 1)
        return self._rates[week]

    def true_rate(self, week: int, threshold: float) -> float:
        return float(np.interp(threshold, GRID, self.rates(week)))

    def best_threshold(self, week: int, band: Band) -> float:
        """The threshold whose true rate is closest to mid-band."""
        middle = (band.low + band.high) / 2
        return float(GRID[int(np.argmin(np.abs(self.rates(week) - middle)))])


class HandOffLog:
    """What one policy did in a world: who was handed over when, and what became of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        n = world.born.size
        self.handed: Floats = np.full(n, np.inf)  # day
        self.sql: Floats = np.full(n, np.inf)
        self.closed: Floats = np.full(n, np.inf)
        self.thresholds: list[float] = []

    def branch(self) -> HandOffLog:
        """The same past, for another future."""
        other = HandOffLog(self.world)
        other.handed, other.sql, other.closed = self.handed.copy(), self.sql.copy(), self.closed.copy()
        other.thresholds = list(self.thresholds)
        return other

    def run_week(self, threshold: float) -> tuple[int, float]:
        """Hand over who reaches the threshold this week; (how many, their true chances summed)."""
        world, week = self.world, len(self.thresholds)
        per = world.plan.leads_per_week
        alive = np.arange(max(week - AFTERMATH, 0) * per, (week + 1) * per)
        at = world.at[alive]
        reach = (at >= 7 * week) & (at < 7 * (week + 1)) & (world.score[alive] >= threshold)
        reach &= np.isinf(self.handed[alive])[:, None]
        found = reach.any(axis=1)
        leads = alive[found]
        day = np.where(reach, at, np.inf)[found].min(axis=1)
        chance = world.chance(leads, week)
        self.handed[leads] = day
        speed = 0.7 if week > BURN_IN + 60 else 1.0
        lag = np.minimum(18 * speed * world.pace[leads], HORIZON - 0.1)
        wins = world.luck[leads] < chance
        self.sql[leads] = np.where(wins, day + lag, np.inf)
        if world.plan.moving:  # with one fixed score a closing changes nothing that is measured
            self.closed[leads] = np.where(wins, np.inf, day + world.closing[leads])
        self.thresholds.append(threshold)
        return int(leads.size), float(chance.sum())

    def known(self, kind: ScoreKind = "peak", *, landmark_days: float = 14) -> Known:
        """Hand-offs of a year and candidates of 8 weeks, as known at the start of the coming week."""
        world, now = self.world, 7.0 * len(self.thresholds)
        as_of = START + pd.Timedelta(days=now)
        rows = np.flatnonzero((self.handed < now) & (self.handed > now - 371))
        until = np.minimum(np.minimum(self.sql[rows], self.closed[rows]), now)
        limit = {"peak": HORIZON, "at hand-off": 0.0, "landmark": landmark_days}[kind]
        until = np.minimum(until, self.handed[rows] + limit)
        handed = pd.DataFrame(
            {
                "lead_id": rows,
                "score": self._highest(rows, self.handed[rows], until, inclusive=True),
                "handed_off_at": _times(self.handed[rows]),
                "sql_at": _times(np.where(self.sql[rows] < now, self.sql[rows], np.inf)),
                "closed_at": _times(np.where(self.closed[rows] < now, self.closed[rows], np.inf)),
            }
        )
        first = now - 56
        young = np.flatnonzero((world.born < now) & (world.born >= first - 7 * AFTERMATH))
        young = young[~(self.handed[young] < first)]
        start = np.full(young.size, first)
        score = self._highest(young, start, np.full(young.size, now))
        before = self._highest(young, np.full(young.size, -np.inf), start)
        seen = np.isfinite(score)
        candidates = pd.DataFrame(
            {
                "score": score[seen],
                "scored_at": _times(np.maximum(world.born[young[seen]], first)),
                "previous_score": np.where(np.isfinite(before[seen]), before[seen], np.nan),
            }
        )
        return Known(handed, candidates, as_of)

    def _highest(self, leads: Ints, since: Floats, until: Floats, *, inclusive: bool = False) -> Floats:
        """Highest score of each lead at instants in [since, until), or [since, until]; -inf: none."""
        at = self.world.at[leads]
        inside: Flags = (at >= since[:, None]) & (
            (at <= until[:, None]) if inclusive else (at < until[:, None])
        )
        highest: Floats = np.where(inside, self.world.score[leads], -np.inf).max(axis=1, initial=-np.inf)
        return highest


def _times(days: Floats) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(START + pd.to_timedelta(np.where(np.isfinite(days), days, np.nan), unit="D"))


def plans(seeds: range, *, sizes: tuple[int, ...] = (400, 100)) -> list[Plan]:
    """Every regime, size and kind of score with every seed."""
    first = Plan("calm")
    return [
        replace(first, regime=regime, leads_per_week=size, moving=moving, seed=seed)
        for size in sizes
        for moving in (False, True)
        for regime in REGIMES
        for seed in seeds
    ]
