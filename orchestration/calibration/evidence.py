"""What one decision is made from, and the curve it gives: drawn where there is enough, counted where there
is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.calibration import exact
from orchestration.calibration.curve import INTERVAL, Labels, Market, draw_market, label, rates_of
from orchestration.calibration.decide import Curve
from orchestration.calibration.delay import DelayCurve, fit_delay
from orchestration.calibration.inputs import Candidates, HandOffs, clean_candidates, clean_handoffs
from orchestration.calibration.levels import Levels, admissions, make_levels, tested_from
from orchestration.calibration.model import CURVE_COLUMNS, Flags, Floats
from orchestration.settings import Settings

FEW = 30  # SQLs below which a change needs a rate that is surely out of band


@dataclass(frozen=True)
class Evidence:
    """Everything a decision is made from. as_of: UTC, exclusive. labels, seen: arrays over the hand-offs that
    teach.
    """

    as_of: pd.Timestamp
    handoffs: HandOffs
    candidates: Candidates
    levels: Levels
    delay: DelayCurve
    labels: Labels
    seen: Floats
    admitted: Floats
    tested: int

    @property
    def headline(self) -> Flags:
        """Hand-offs that count in headline rates: the explored ones do not."""
        return ~self.handoffs.explored[self.labels.used]

    def tail_interval(self) -> tuple[Floats, Floats, Floats]:
        """(rate, low, high) per threshold (L,): exact 90 % interval of headline hand-offs at or above it."""
        size, own = self.levels.thresholds.size, self.headline
        level = self.labels.level[own]

        def at_or_above(weights: Floats | None) -> Floats:
            counts: Floats = np.bincount(level, weights, size).astype(np.float64)
            return counts[::-1].cumsum()[::-1]

        n, k = at_or_above(None), at_or_above(self.labels.converted[own].astype(np.float64))
        seen = at_or_above(self.seen[own]) / np.maximum(n, 1)
        return exact.final_rate_interval(k, n, np.where(n > 0, seen, 1.0))


def gather(
    handed: pd.DataFrame, candidates: pd.DataFrame, as_of: pd.Timestamp, threshold: float, settings: Settings
) -> Evidence:
    """Clean the frames, put scores on levels, fit the delay, and find what was tested."""
    knobs = settings.calibration
    horizon = settings.horizon_days.mql_to_sql
    sales = clean_handoffs(handed, as_of, settings.zone, knobs.history_days)
    pool = clean_candidates(candidates, as_of, float(sales.age.max(initial=0.0)))
    scores = np.concatenate([sales.score[~sales.delay_only], pool.score])
    levels = make_levels(scores, pool.score, threshold, down=knobs.max_step_down, up=knobs.max_step_up)
    delay = fit_delay(sales.age, sales.lag, horizon=horizon, window=knobs.delay_window_days)
    shares = delay.shares()
    labels = label(sales, levels.of(sales.score), shares, horizon, knobs)
    seen = shares[labels.used]
    exposure: Floats = np.bincount(labels.level, seen, levels.thresholds.size).astype(np.float64)
    admitted = admissions(levels, pool)
    offered: Floats = np.bincount(levels.of(pool.score), minlength=levels.thresholds.size).astype(np.float64)
    tested = tested_from(levels, exposure, offered)
    return Evidence(as_of, sales, pool, levels, delay, labels, seen, admitted, tested)


def draw(found: Evidence, settings: Settings, rng: np.random.Generator) -> Market:
    """Draws of what the market is like."""
    return draw_market(
        found.labels,
        found.delay,
        found.handoffs.cluster,
        found.levels.thresholds,
        found.tested,
        settings.calibration,
        rng,
    )


def drawn(market: Market, admitted: Floats, settings: Settings) -> Curve:
    """The curve from draws: medians, 5 %-95 % quantiles, share of draws in band."""
    knobs, band = settings.calibration, settings.band
    draws = rates_of(market, admitted)
    rate = np.median(draws.rate, axis=0)
    low = np.minimum(np.quantile(draws.worst, INTERVAL[0], axis=0), rate)
    high = np.maximum(np.quantile(draws.best, INTERVAL[1], axis=0), rate)
    inside = ((draws.rate >= band.low) & (draws.rate <= band.high)).mean(axis=0)
    return Curve(
        rate=rate,
        low=low,
        high=high,
        in_band=inside,
        mqls=admitted.sum(axis=1),
        worst=np.quantile(draws.worst, knobs.worst_case_quantile, axis=0),
        margin=np.median(draws.margin, axis=0),
        tested=np.arange(rate.size) >= market.tested,
    )


def counted(found: Evidence, settings: Settings) -> Curve:
    """The curve where there is too little for draws: counts and exact intervals; Jeffreys chances of being
    in band.
    """
    rate, low, high = found.tail_interval()
    size = rate.size
    own = found.headline
    level = found.labels.level[own]
    n = np.bincount(level, found.seen[own], size)[::-1].cumsum()[::-1]
    k = np.bincount(level, found.labels.converted[own].astype(np.float64), size)[::-1].cumsum()[::-1]
    posterior = stats.beta(k + 0.5, np.maximum(n - k, 0) + 0.5)
    tested = (np.arange(size) >= found.tested) & (found.seen.size > 0)
    return Curve(
        rate=rate,
        low=np.minimum(low, rate),
        high=np.maximum(high, rate),
        in_band=posterior.cdf(settings.band.high) - posterior.cdf(settings.band.low),
        mqls=found.admitted.sum(axis=1),
        worst=np.where(tested, np.minimum(low, rate), 0.0),
        margin=rate,
        tested=tested,
    )


def curve_frame(
    curve: Curve, levels: Levels, as_of: pd.Timestamp, segment: str, *, chances: bool
) -> pd.DataFrame:
    """mart_threshold_curve of one segment; chances False: p_in_band is null."""
    size = levels.thresholds.size
    columns: dict[str, Any] = {
        "as_of": np.full(size, as_of.as_unit("us").to_datetime64()),
        "segment": [segment] * size,
        "threshold": levels.thresholds,
        "rate": curve.rate,
        "rate_low": curve.low,
        "rate_high": curve.high,
        "p_in_band": curve.in_band if chances else np.full(size, np.nan),
        "mqls_per_week": curve.mqls,
        "sqls_per_week": curve.sqls,
        "is_identified": curve.tested,
    }
    return pd.DataFrame(columns)[list(CURVE_COLUMNS)]
