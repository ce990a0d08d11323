"""Ways to set the threshold. Each sees only what was known on the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.calibration import suggest
from orchestration.calibration.model import Floats
from orchestration.settings import Settings

WINDOW_DAYS = 56  # hand-offs that the naive rules look at


@dataclass(frozen=True)
class Known:
    """The frames that `suggest` takes, as known before `as_of` (UTC, exclusive)."""

    handed: pd.DataFrame
    candidates: pd.DataFrame
    as_of: pd.Timestamp


@dataclass(frozen=True)
class Decision:
    """A threshold for the coming weeks; what was promised for it (None: this policy promises nothing)."""

    threshold: float
    stated: float | None = None
    low: float | None = None
    high: float | None = None
    status: str = ""


Policy = Callable[[Known, float, Settings], Decision]


def fixed(known: Known, threshold: float, settings: Settings) -> Decision:
    """Never changes."""
    return Decision(threshold)


def _naive(known: Known, threshold: float, settings: Settings, *, youngest: float) -> Decision:
    """Mid-band by the raw rate of 8 weeks of hand-offs, the newest `youngest` days old; who was not handed
    over counts as a no. Steps as ours; of equal thresholds the one closest to the current.
    """
    knobs, band = settings.calibration, settings.band
    age = (known.as_of - known.handed["handed_off_at"]).dt.total_seconds().to_numpy() / 86400
    rows = known.handed[(age >= youngest) & (age < youngest + WINDOW_DAYS)]
    score = rows["score"].to_numpy(dtype=np.float64)
    sqls = score[rows["sql_at"].notna().to_numpy()]
    offered = known.candidates["score"].to_numpy(dtype=np.float64)
    grid = threshold + np.arange(-np.floor(knobs.max_step_down), np.floor(knobs.max_step_up) + 1)

    def reaching(scores: Floats) -> Floats:
        counts: Floats = (scores[None, :] >= grid[:, None]).sum(axis=1).astype(np.float64)
        return counts

    leads = np.maximum(reaching(score), reaching(offered))
    enough = leads * 7 / WINDOW_DAYS >= knobs.min_mqls_per_week
    if not enough.any():
        return Decision(threshold)
    rate = reaching(sqls) / np.maximum(leads, 1)
    off = np.where(enough, np.abs(rate - (band.low + band.high) / 2), np.inf)
    return Decision(float(grid[np.lexsort((np.abs(grid - threshold), np.round(off, 9)))[0]]))


def naive_raw(known: Known, threshold: float, settings: Settings) -> Decision:
    """SQLs so far of the last 8 weeks, young weeks and all."""
    return _naive(known, threshold, settings, youngest=0)


def naive_matured(known: Known, threshold: float, settings: Settings) -> Decision:
    """Final rates only, so of hand-offs at least a horizon old."""
    return _naive(known, threshold, settings, youngest=settings.horizon_days.mql_to_sql)


def bandpass(known: Known, threshold: float, settings: Settings) -> Decision:
    """Every suggestion of `orchestration.calibration.suggest`, accepted."""
    found = suggest(known.handed, known.candidates, known.as_of, threshold, settings)
    return Decision(
        threshold=found.suggested_threshold,
        stated=found.p_in_band_after,
        low=found.rate_after_low,
        high=found.rate_after_high,
        status=found.status,
    )


POLICIES: dict[str, Policy] = {
    "fixed": fixed,
    "naive_raw": naive_raw,
    "naive_matured": naive_matured,
    "bandpass": bandpass,
}
"""`oracle`, which sees the truth, exists in sample worlds only."""
