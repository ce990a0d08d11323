"""The score scale: its unit, the levels leads are grouped by, and how many leads each threshold admits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.calibration.inputs import Candidates
from orchestration.calibration.model import Floats, Ints

MARGIN = 3  # units: scores closer than this say the same
MIN_NEARBY = 5.0  # hand-offs (expected final) near a level that make it tested
WIDEST = 400  # units the levels span at most, whatever a few odd scores are
TOLERANCE = 1e-9  # a score this little below a threshold reaches it (reference/semantics.md)


@dataclass(frozen=True)
class Levels:
    """Thresholds (L,), ascending; level i holds scores in [threshold i, threshold i+1), level 0 also those
    below.

    unit: what one step point means on this scale. current: position of the threshold in force.
    """

    thresholds: Floats
    unit: float
    current: int

    def of(self, score: Floats) -> Ints:
        """The level (n,) of each score."""
        return np.maximum(np.searchsorted(self.thresholds, score + TOLERANCE, side="right") - 1, 0).astype(
            np.int64
        )

    def nearest(self, threshold: float) -> int:
        """Position of the level closest to a threshold (the lower one of two)."""
        return int(np.argmin(np.abs(self.thresholds - threshold)))


def score_unit(scores: Floats) -> float:
    """1 where scores fit 0-100, else a hundredth of their 1st-99th percentile range.

    Judged on the 1st-99th percentile, so that one odd score changes nothing; a scale up to 1 is not in
    points.
    """
    if not scores.size:
        return 1.0
    low, high = np.quantile(scores, [0.01, 0.99])
    in_points = low >= 0 and 1 < high <= 100
    return 1.0 if in_points or high <= low else float(high - low) / 100


def _grid_step(unit: float) -> float:
    """The largest of 1, 2, 5 x 10^k not above the unit, so that thresholds are numbers people can say."""
    power = 10.0 ** np.floor(np.log10(unit) + 1e-12)
    return float(max(m * power for m in (1.0, 2.0, 5.0) if m * power <= unit * (1 + 1e-9)))


def make_levels(scores: Floats, unit_scores: Floats, current: float, *, down: float, up: float) -> Levels:
    """Levels over the bulk of `scores` and over the reach of one decision around `current` (always a level).

    unit_scores: the scores that fix the unit (candidates). down, up: largest steps in units.
    """
    unit = score_unit(unit_scores if unit_scores.size else scores)
    step = _grid_step(unit)
    spans = [(current - down * unit, current + up * unit)]
    if scores.size:
        low, high = np.quantile(scores, [0.005, 0.995])
        spans.append((low, min(high, low + WIDEST * unit)))
    numbers = np.unique(
        np.concatenate([np.arange(np.floor(a / step), np.ceil(b / step) + 1) for a, b in spans])
    )
    grid = np.round(numbers * step, 10)
    grid = grid[np.abs(grid - current) > TOLERANCE * max(1.0, abs(current))]
    thresholds = np.sort(np.append(grid, current))
    return Levels(thresholds, unit, int(np.searchsorted(thresholds, current)))


def admissions(levels: Levels, candidates: Candidates) -> Floats:
    """(L, L) leads a week: row = threshold, column = level of the lead's highest score.

    Entry (t, s) counts leads that first cross t in the window and reach level s: previous < t <= score.
    """
    size = levels.thresholds.size
    reached = levels.of(candidates.score)
    passes = candidates.score + TOLERANCE >= levels.thresholds[0]
    before = np.searchsorted(levels.thresholds, candidates.previous + TOLERANCE, side="right")
    change = np.zeros((size + 1, size))
    fresh = passes & (before <= reached)
    np.add.at(change, (before[fresh], reached[fresh]), 1.0)
    np.add.at(change, (reached[fresh] + 1, reached[fresh]), -1.0)
    return np.cumsum(change, axis=0)[:size] / candidates.weeks


def tested_from(levels: Levels, exposure: Floats, candidates_at: Floats) -> int:
    """Lowest level from which on hand-offs have been tried wherever candidates are: below it is
    extrapolation.

    exposure: (L,) expected-final hand-offs per level. candidates_at: (L,) leads a week. A level is tried
    where at least 5 hand-offs lie within the next 3 units; a few stray hand-offs far below do not count.
    """
    if exposure.sum() <= 0:
        return int(exposure.size - 1)
    below = np.concatenate([[0.0], np.cumsum(exposure)])
    upper = np.searchsorted(
        levels.thresholds, levels.thresholds + MARGIN * levels.unit - TOLERANCE, side="left"
    )
    nearby = below[upper] - below[:-1]
    share = below[1:] / below[-1]
    middle = int(np.searchsorted(share, 0.5))
    fallback = int(np.searchsorted(share, 0.05))
    gaps = np.flatnonzero(
        (nearby[: middle + 1] < MIN_NEARBY) & ((candidates_at + exposure)[: middle + 1] > 0)
    )
    lowest = int(gaps[-1]) + 1 if gaps.size else 0
    lowest = min(lowest, fallback)
    tried = np.flatnonzero(exposure[lowest:] > 0)
    return lowest + int(tried[0]) if tried.size else lowest
