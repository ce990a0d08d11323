"""Whether a campaign can be told apart from the rest of its channel, by an exact test.

Within one age, had the campaign nothing to do with it, its conversions would be drawn from those of the
channel without looking: hypergeometric. The sum over ages is their convolution (the exact conditional test of
stratified 2x2 tables). A young campaign is compared with equally young entrants, so no delay curve is needed.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import next_fast_len
from scipy.special import gammaln
from statsmodels.stats.multitest import multipletests

from orchestration.calibration.model import Flags, Floats, Ints
from orchestration.shrinkage.counts import Units

FALSE_DISCOVERIES = 0.10
LEAST_P = 1e-12
"""Smaller p values are said to be this: sums of rounding errors are not far below."""
_TIE = 1 + 1e-7


def _outcomes(drawn: Ints, hits: Ints, total: Ints) -> tuple[Ints, Ints, Floats]:
    """(strata, offsets, chances): every number of hits among `drawn` of `total`, counted from the least.

    Only of strata in which more than one number can happen.
    """
    low, high = np.maximum(drawn + hits - total, 0), np.minimum(drawn, hits)
    strata = np.flatnonzero(low < high)
    lengths = (high - low + 1)[strata]
    which = np.repeat(strata, lengths)
    offsets = np.arange(which.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    logs: Floats = gammaln(np.arange(1, total.max(initial=0) + 2, dtype=np.float64))

    def log_choose(n: Ints, k: Ints) -> Floats:
        chosen: Floats = logs[n] - logs[k] - logs[n - k]
        return chosen

    d, h, t, x = drawn[which], hits[which], total[which], low[which] + offsets
    return which, offsets, np.exp(log_choose(h, x) + log_choose(t - h, d - x) - log_choose(t, d))


def _sum_of(strata: Ints, offsets: Ints, chances: Floats) -> Floats:
    """Chances of the sum of independent numbers, one of each stratum, by way of Fourier transforms."""
    rows = np.cumsum(np.diff(strata, prepend=strata[:1]) != 0)
    starts = np.flatnonzero(np.diff(rows, append=-1))
    length = int(offsets[starts].sum()) + 1
    padded = next_fast_len(length, real=True)
    apart = np.zeros((rows[-1] + 1, padded))
    apart[rows, offsets] = chances
    transformed = np.fft.rfft(apart, axis=1).prod(axis=0)
    summed: Floats = np.maximum(np.fft.irfft(transformed, padded)[:length], 0.0)
    summed /= summed.sum()
    return summed


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
    hits, totals = hits[units.group], totals[units.group]
    first = np.maximum(entered + hits - totals, 0).sum(axis=1)
    strata, offsets, chances = _outcomes(entered.ravel(), hits.ravel(), totals.ravel())
    starts = np.searchsorted(strata, np.arange(len(p) + 1) * entered.shape[1])
    for unit in np.flatnonzero(np.diff(starts)):
        own = slice(starts[unit], starts[unit + 1])
        summed = _sum_of(strata[own], offsets[own], chances[own])
        seen = summed[int(converted[unit].sum() - first[unit])]
        p[unit] = summed[summed <= seen * _TIE].sum()
        least[unit] = summed[summed <= summed.min() * _TIE].sum()
    return np.clip(p, LEAST_P, 1.0), np.clip(least, LEAST_P, 1.0)


def told_apart(p: Floats, testable: Flags) -> Flags:
    """Units that differ; of those named, at most 10 % are expected to be wrong (Benjamini-Hochberg)."""
    differs = np.zeros(p.size, dtype=np.bool_)
    if testable.any():
        differs[testable] = multipletests(p[testable], alpha=FALSE_DISCOVERIES, method="fdr_bh")[0]
    return differs
