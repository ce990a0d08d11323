"""The few exact statistics the report rests on; pure functions, no tables and no words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal

from scipy import stats

LEVEL = 0.90
"""Every interval of the report is a 90% interval, like those of the calibration."""

FALSE_DISCOVERIES = 0.10
"""Of the differences the report calls real, at most this share is expected to be chance."""

Verdict = Literal["in band", "too loose", "too strict", "can't tell"]


@dataclass(frozen=True)
class Rate:
    """A conversion rate with what it rests on.

    seen is the share of all final conversions that can have happened by the as-of day (1 = final).
    """

    converted: int
    entered: int
    seen: float = 1.0

    @property
    def value(self) -> float:
        return min(1.0, self.converted / (self.entered * self.seen))

    @property
    def interval(self) -> tuple[float, float]:
        return exact_interval(self.converted, self.entered, self.seen)

    @property
    def low(self) -> float:
        return self.interval[0]

    @property
    def high(self) -> float:
        return self.interval[1]


@dataclass(frozen=True)
class Estimate:
    """A rate with its 90% interval, as a model gave it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Counts:
    """Conversions, those who could convert, and these weighted by the share of conversions seen by now."""

    converted: int
    entered: int
    exposure: float

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.converted + other.converted, self.entered + other.entered, self.exposure + other.exposure
        )

    def __sub__(self, other: Counts) -> Counts:
        return Counts(
            self.converted - other.converted, self.entered - other.entered, self.exposure - other.exposure
        )

    @property
    def rate(self) -> Rate:
        return Rate(self.converted, self.entered, min(1.0, self.exposure / self.entered))


def compare(counts: dict[str, Counts], least: int) -> dict[str, tuple[float, bool]]:
    """Of each group of at least `least`: its p-value against all others, and whether it holds among so
    many.
    """
    total = sum(counts.values(), start=Counts(0, 0, 0.0))
    large = [key for key, own in counts.items() if own.entered >= least and total.entered > own.entered]
    p_values = []
    for key in large:
        own, others = counts[key], total - counts[key]
        p_values.append(ratio_p(own.converted, own.exposure, others.converted, others.exposure))
    return {
        key: (p, keep) for key, p, keep in zip(large, p_values, benjamini_hochberg(p_values), strict=True)
    }


def exact_interval(converted: int, entered: int, seen: float = 1.0) -> tuple[float, float]:
    """Clopper-Pearson limits divided by `seen`: covers at least 90%, also pooled over unequal ages."""
    tail = (1 - LEVEL) / 2
    low = 0.0 if converted == 0 else float(stats.beta.ppf(tail, converted, entered - converted + 1))
    high = (
        1.0 if converted >= entered else float(stats.beta.ppf(1 - tail, converted + 1, entered - converted))
    )
    return min(1.0, low / seen), min(1.0, high / seen)


def verdict(low: float, high: float, band_low: float, band_high: float) -> Verdict:
    """What an interval says about a band; a claim is made only where the whole interval supports it."""
    if high < band_low:
        return "too loose"
    if low > band_high:
        return "too strict"
    if low >= band_low and high <= band_high:
        return "in band"
    return "can't tell"


def ratio_p(count: float, exposure: float, other_count: float, other_exposure: float) -> float:
    """Two-sided exact p-value that two counts have the same rate per exposure.

    Given their sum, the first count is binomial. For conversions (binomial, not Poisson) this is slightly
    conservative, and unlike Fisher's test it takes cohorts whose conversions are only partly seen.
    """
    total = round(count) + round(other_count)
    if total == 0 or exposure <= 0 or other_exposure <= 0:
        return 1.0
    return float(stats.binomtest(round(count), total, exposure / (exposure + other_exposure)).pvalue)


def dispersion(counts: Sequence[float]) -> float:
    """Variance over mean of weekly counts, at least 1 (1 = pure chance).

    From successive differences, so that a slow trend does not pass for noise.
    """
    if len(counts) < 3 or sum(counts) == 0:
        return 1.0
    squares = [(b - a) ** 2 for a, b in pairwise(counts)]
    mean = sum(counts) / len(counts)
    return max(1.0, sum(squares) / (2 * len(squares)) / mean)


def week_p(count: float, before: Sequence[float], history: Sequence[float]) -> float:
    """p-value that this week's count belongs to the weeks before, given how much weeks usually differ."""
    if not before:
        return 1.0
    scale = dispersion(history)
    return ratio_p(count / scale, 1, sum(before) / scale, len(before))


def benjamini_hochberg(p_values: Sequence[float], share: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which hypotheses to reject so that at most `share` of the rejected ones are expected to be chance."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    kept = 0
    for rank, index in enumerate(order, start=1):
        if p_values[index] <= share * rank / len(p_values):
            kept = rank
    chosen = set(order[:kept])
    return [index in chosen for index in range(len(p_values))]


def scale_top(band_high: float, rates: Sequence[Rate | Estimate]) -> float:
    """End of a rate axis, in steps of 10%: the band and most intervals fit, tiny groups do not stretch it."""
    highs = sorted(rate.high for rate in rates)
    usual = highs[int(0.9 * (len(highs) - 1))] if highs else 0.0
    return min(1.0, ceil(10 * max(band_high * 1.4, usual) - 1e-9) / 10)
