"""How long SQLs take: the share of eventual conversions seen by an age, from recent calendar time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from orchestration.calibration.model import Floats, Ints

MIN_EVENTS = 20
MIN_AT_RISK = 10


@dataclass(frozen=True)
class DelayCurve:
    """Product-limit estimate with delayed entry; closed leads stay at risk to their age
    ("subdistribution").

    days: the m distinct ages of events, ascending, in days. The other arrays have one entry per hand-off
    (n): where in `days` it enters (first event age after entry), leaves, converts (m: never) and its own
    age (0..m). basis: recent (the last `window_days` days), history (all of it), or horizon_only (too
    little: nothing is known before the horizon). Kaplan-Meier over window entry: reference/calibration.md
    1, "Period G".
    """

    basis: Literal["recent", "history", "horizon_only"]
    horizon: float
    days: Floats
    age: Floats
    enters: Ints
    leaves: Ints
    converts: Ints
    position: Ints

    def shares(self, weights: Floats | None = None) -> Floats:
        """G per hand-off (n,) at its own age, in [0, 1]; `weights` (n,) of a bootstrap draw."""
        if self.basis == "horizon_only":
            return (self.age >= self.horizon).astype(np.float64)
        reached = np.concatenate([[0.0], self.reached(weights)])
        return reached[self.position] / reached[-1] if reached[-1] > 0 else np.ones_like(self.age)

    def reached(self, weights: Floats | None = None) -> Floats:
        """F (m,): the cumulated share converted by each age of `days`."""
        m = self.days.size
        moved = np.bincount(self.enters, weights, m + 1) - np.bincount(self.leaves, weights, m + 1)
        at_risk = np.cumsum(moved)[:m]
        events = np.bincount(self.converts, weights, m + 1)[:m].astype(np.float64)
        hazard = np.divide(events, at_risk, out=np.zeros(m), where=at_risk > 1e-12)
        survived: Floats = np.cumprod(1 - np.clip(hazard, 0, 1))
        return 1 - survived

    def at(self, days: Floats) -> Floats:
        """G at any ages (days), for display."""
        if self.basis == "horizon_only":
            return (days >= self.horizon).astype(np.float64)
        reached = np.concatenate([[0.0], self.reached()])
        seen = reached[np.searchsorted(self.days, np.minimum(days, self.horizon), side="right")]
        return seen / reached[-1] if reached[-1] > 0 else np.ones_like(days)


def _covers(age: Floats, window: float, horizon: int) -> bool:
    """Whether every age up to the horizon is watched in the window by enough leads, converted or not."""
    middles = np.arange(horizon) + 0.5
    ages = np.sort(age)
    watched = np.searchsorted(ages, middles + window, side="left") - np.searchsorted(
        ages, middles, side="left"
    )
    return bool(watched.min(initial=age.size) >= MIN_AT_RISK)


def fit_delay(age: Floats, lag: Floats, *, horizon: int, window: float) -> DelayCurve:
    """Fit G on the last `window` days; widen to the whole history, then give up, where they say too little.

    age, lag: (n,) days since hand-off and from hand-off to SQL (inf: none). Events at one age come before
    leaving, day 0 counts, and a lead watched from age e on is at risk for ages > e (for e = 0 also at 0).
    """
    converted = lag <= np.minimum(age, horizon)
    leave = np.where(converted, lag, np.minimum(age, horizon))
    bases: tuple[tuple[Literal["recent", "history"], float], ...] = (("recent", window), ("history", np.inf))
    for basis, width in bases:
        enter = np.maximum(age - width, 0.0)
        seen = (enter < leave) | ((enter == 0) & (leave == 0))
        counted = converted & seen
        if counted.sum() >= MIN_EVENTS and _covers(age, width, horizon):
            days = np.unique(lag[counted])
            first = np.where(enter == 0, 0, np.searchsorted(days, enter, side="right"))
            last = np.searchsorted(days, leave, side="right")
            return DelayCurve(
                basis=basis,
                horizon=float(horizon),
                days=days,
                age=age,
                enters=np.where(seen, first, days.size).astype(np.int64),
                leaves=np.where(seen, last, days.size).astype(np.int64),
                converts=np.where(counted, last - 1, days.size).astype(np.int64),
                position=np.searchsorted(days, np.minimum(age, horizon), side="right").astype(np.int64),
            )
    none = np.zeros(0, dtype=np.int64)
    return DelayCurve("horizon_only", float(horizon), np.zeros(0), age, none, none, none, none)
