"""Whether a campaign can be told apart from the rest of its channel, by an exact test.

Within one age, had the campaign nothing to do with it, its conversions would be drawn from those of the
channel without looking: hypergeometric. The sum over ages is their convolution (the exact conditional test of
stratified 2x2 tables). A young campaign is compared with equally young entrants, so no delay curve is needed.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln
from statsmodels.stats.multitest import multipletests

from orchestration.calibration.model import Flags, Floats, Ints
from orchestration.shrinkage.counts import Units

FALSE_DISCOVERIES = 0.10
_NOTHING = 1e-18
_TIE = 1 + 1e-7


def _log_choose(n: Floats, k: Floats) -> Floats:
    chosen: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return chosen


def _chances(drawn: Ints, hits: Ints, total: Ints) -> tuple[Floats, int]:
    """Probabilities of the sum over strata of hits among `drawn` of `total`, and the sum they begin with."""
    low, high = np.maximum(drawn + hits - total, 0), np.minimum(drawn, hits)
    open_strata = np.flatnonzero(low < high)
    lengths = (high - low + 1)[open_strata]
    which = np.repeat(open_strata, lengths)
    ends = np.cumsum(lengths)
    values = (np.arange(which.size) - np.repeat(ends - lengths, lengths) + low[which]).astype(np.float64)
    d, h, t = (counts[which].astype(np.float64) for counts in (drawn, hits, total))
    chances = np.exp(_log_choose(h, values) + _log_choose(t - h, d - values) - _log_choose(t, d))
    combined, first = np.ones(1), int(low.sum())
    for piece in np.split(chances, ends[:-1]) if open_strata.size else []:
        combined = np.convolve(combined, piece)
        kept = np.flatnonzero(combined > _NOTHING)
        combined, first = combined[kept[0] : kept[-1] + 1], first + int(kept[0])
    return combined / combined.sum(), first


def exact_p_values(units: Units) -> tuple[Floats, Floats]:
    """(p, least): two-sided p value of each unit against the rest of its group, and the least it could get.

    Two-sided: the probability of all outcomes that are no more likely than what was seen.
    """
    entered, converted = units.entered.astype(np.int64), units.converted.astype(np.int64)
    p, least = np.ones(len(units.group)), np.ones(len(units.group))
    totals = np.zeros((int(units.group.max(initial=-1)) + 1, entered.shape[1]), dtype=np.int64)
    hits = np.zeros_like(totals)
    np.add.at(totals, units.group, entered)
    np.add.at(hits, units.group, converted)
    for unit, group in enumerate(units.group):
        chances, first = _chances(entered[unit], hits[group], totals[group])
        at = int(converted[unit].sum()) - first
        seen = chances[at] if 0 <= at < chances.size else 0.0
        p[unit] = chances[chances <= seen * _TIE].sum()
        least[unit] = chances[chances <= chances.min() * _TIE].sum()
    return np.minimum(p, 1.0), np.minimum(least, 1.0)


def told_apart(p: Floats, testable: Flags) -> Flags:
    """Units that differ; of those named, at most 10 % are expected to be wrong (Benjamini-Hochberg)."""
    differs = np.zeros(p.size, dtype=np.bool_)
    if testable.any():
        differs[testable] = multipletests(p[testable], alpha=FALSE_DISCOVERIES, method="fdr_bh")[0]
    return differs
