"""Do SQLs take longer, or less long, than the quarter before? Told apart from a change of the rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm

from orchestration.calibration.delay import DelayCurve, fit_delay
from orchestration.calibration.model import Floats, Ints

ALPHA = 0.002
"""p value of one look below which a difference is more than chance: so small because one looks weekly."""

PRACTICAL = 0.25
"""Relative change of the median below which nobody needs to act."""

AGE_BIN, COHORT = 7.0, 14.0  # days
FEWEST_EVENTS = 20  # SQLs in each of both windows


@dataclass(frozen=True)
class DelayDrift:
    """median, before: days until half of the SQLs have come, in the last window and in the one before.
    p_value: of "the same shape". handoffs, sqls: watched in the last window.
    """

    median: float
    before: float
    p_value: float
    handoffs: int
    sqls: int

    @property
    def ratio(self) -> float:
        return self.median / self.before if self.before > 0 else np.inf

    @property
    def is_alarm(self) -> bool:
        return self.p_value < ALPHA and not 1 / (1 + PRACTICAL) <= self.ratio <= 1 + PRACTICAL


def median_days(curve: DelayCurve) -> float:
    """The age by which half of the SQLs within the horizon have come."""
    reached = curve.reached()
    return float(curve.days[int(np.searchsorted(reached, reached[-1] / 2))])


def _exposure(age: Floats, horizon: float, window: float) -> Floats:
    """(n, age bins, 2): share of each age bin that a hand-off spent in the last window, and in the one
    before.
    """
    edges = np.arange(0, horizon, AGE_BIN)
    tops = np.minimum(edges + AGE_BIN, horizon)
    spent = []
    for back in (window, 2 * window):
        first = np.maximum(edges[None, :], (age - back)[:, None])
        last = np.minimum(tops[None, :], (age - back + window)[:, None])
        spent.append(np.maximum(last - first, 0.0) / AGE_BIN)
    return np.stack(spent, axis=2)


def shape_p_value(age: Floats, lag: Floats, *, horizon: float, window: float) -> float:
    """p value of "both windows have one delay shape": a log-linear (Poisson) model of SQLs by fortnight of
    hand-off, week of age and window, with the interaction of window and age asked for.

    The level of each fortnight and of each window is free, so a better or worse month of leads, or a sales
    team that accepts fewer, is no change of delays; a logrank test of both windows would take it for one.
    age, lag: (n,) days since hand-off and to SQL (inf: none).
    """
    bins = int(np.ceil(horizon / AGE_BIN))
    cohort: Ints = (age // COHORT).astype(np.int64)
    cohorts = int(cohort.max(initial=-1)) + 1
    shape = (cohorts, bins, 2)
    exposure = np.zeros(shape)
    np.add.at(exposure, cohort, _exposure(age, horizon, window))
    events = np.zeros(shape)
    ago = age - lag  # days before the as-of at which it became SQL
    hit = (lag < horizon) & (lag <= age) & (ago < 2 * window)
    place = (lag[hit] // AGE_BIN).astype(np.int64)
    np.add.at(events, (cohort[hit], place, (ago[hit] >= window).astype(np.int64)), 1.0)
    if (events.sum(axis=(0, 1)) < FEWEST_EVENTS).any():
        return 1.0
    used = (exposure > 0) & (events.sum(axis=(1, 2)) > 0)[:, None, None]
    used &= (events.sum(axis=(0, 2)) > 0)[None, :, None]
    c, a, before = np.nonzero(used)
    share = events.sum(axis=(0, 2))
    reached = (share.cumsum() - share / 2) / share.sum()
    recent = (before == 0).astype(np.float64)
    design = np.column_stack(
        [
            (c[:, None] == np.unique(c)[None, :]).astype(np.float64),
            (a[:, None] == np.unique(a)[None, 1:]).astype(np.float64),
            recent,
            recent * (reached[a] - 0.5),
        ]
    )
    model = sm.GLM(events[used], design, family=sm.families.Poisson(), exposure=exposure[used])
    p_value = float(model.fit().pvalues[-1])
    return p_value if np.isfinite(p_value) else 1.0


def judge_delays(age: Floats, lag: Floats, *, horizon: int, window: float) -> DelayDrift | None:
    """The last `window` days against the as many before; None where either holds too little.

    age, lag: (n,) days since hand-off and to SQL as known now (inf: none).
    """
    earlier = age > window
    then = age[earlier] - window
    lag_then = np.where(lag[earlier] <= then, lag[earlier], np.inf)
    now = fit_delay(age, lag, horizon=horizon, window=window)
    before = fit_delay(then, lag_then, horizon=horizon, window=window)
    if now.basis != "recent" or before.basis != "recent":
        return None
    watched = age < window + horizon
    sqls = (lag <= np.minimum(age, horizon)) & (age - lag < window)
    return DelayDrift(
        median=median_days(now),
        before=median_days(before),
        p_value=shape_p_value(age, lag, horizon=float(horizon), window=window),
        handoffs=int(watched.sum()),
        sqls=int(sqls.sum()),
    )
