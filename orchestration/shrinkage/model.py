"""Shrunken rates: a beta-binomial, campaign in channel, with everything unknown integrated over grids.

    rate of campaign c in channel h  ~  Beta(mean m_h, concentration b)
    m_h                              ~  Beta(mean m, concentration a)
    a conversion seen by age t       ~  Bernoulli(rate · G(t)), entrants independent

m, a and b are not estimated and then taken for known (such intervals are too narrow: 82–86 % instead of 90 %,
reference/calibration.md 1): every combination on a bounded grid counts by its posterior probability. The
likelihood is the exact one of entrants of unequal age; for old ones it is the binomial. Nor is the delay
curve G taken for known: half the weight is on a curve one standard error lower, half on one as much higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from orchestration.calibration.model import Floats
from orchestration.shrinkage.counts import Units

MEANS = 80
SPREADS: Floats = np.linspace(0.02, 0.45, 10)
"""Standard deviation of rates over sqrt(m (1 - m)): from 0.8 points at a mean of 20 % to 18. Before any data
those of campaigns are equally likely, those of channels, of which there are few, in proportion to themselves.
More weight on small ones ("all alike", as equally likely *concentrations* have it) makes intervals too narrow
wherever something does differ: 80 % instead of 90 %, and still 97 % where nothing does (docs/forecast.md)."""
CONCENTRATIONS: Floats = 1 / SPREADS**2 - 1
COARSEST, FINEST = 0.01, 0.0005
TAIL = 0.05
BLOCK = 1000
SMALLEST = 1e-300


@dataclass(frozen=True)
class Shrunken:
    """Posterior mean and 90 % interval per unit, each (units,)."""

    rate: Floats
    low: Floats
    high: Floats


def _shares(angles: Floats) -> Floats:
    """Rates on the scale on which their standard error is 1/(2 sqrt(n)) wherever they are."""
    squared: Floats = np.sin(angles) ** 2
    return squared


def rate_grid(largest: float) -> tuple[Floats, float]:
    """Rates in (0, 1), close enough to resolve a unit of `largest` entrants, and their distance as angle."""
    step = float(np.clip(0.5 / np.sqrt(max(largest, 1.0)), FINEST, COARSEST))
    points = int(np.ceil(np.pi / 2 / step))
    step = np.pi / 2 / points
    return _shares((np.arange(points, dtype=np.float64) + 0.5) * step), step


def mean_grid(units: Units) -> Floats:
    """Rates that a channel's mean can have: around those seen, with a quarter of the scale on both sides."""
    crude = np.clip((units.seen + 0.5) / (units.exposure + 1.0), 1e-4, 1 - 1e-4)
    weight = units.exposure / (units.exposure + 10.0)
    overall = np.clip((units.seen.sum() + 0.5) / (units.exposure.sum() + 1.0), 1e-4, 1 - 1e-4)
    angles = np.arcsin(np.sqrt(overall)) * (1 - weight) + np.arcsin(np.sqrt(crude)) * weight
    low, high = max(angles.min() - 0.25, 0.005), min(angles.max() + 0.25, np.pi / 2 - 0.005)
    return _shares(np.linspace(low, high, MEANS))


def beta_on(grid: Floats, means: Floats, concentrations: Floats) -> Floats:
    """(means * concentrations, grid): Beta probabilities on a grid that is even in angles; rows sum to 1."""
    mean = np.repeat(means, concentrations.size)[:, None]
    concentration = np.tile(concentrations, means.size)[:, None]
    log_p, log_q = np.log(grid)[None, :], np.log1p(-grid)[None, :]
    logs = (mean * concentration - 0.5) * log_p + ((1 - mean) * concentration - 0.5) * log_q
    weights: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def likelihoods(units: Units, grid: Floats) -> Iterator[tuple[slice, Floats]]:
    """Blocks of (units, grid): how likely what was seen is under each rate, the best being 1."""
    units = units.judged
    misses = np.log1p(-np.outer(units.g, grid))
    hits = np.log(grid)
    for start in range(0, len(units.group), BLOCK):
        rows = slice(start, start + BLOCK)
        converted = units.converted[rows]
        logs = converted.sum(axis=1)[:, None] * hits + (units.entered[rows] - converted) @ misses
        yield rows, np.exp(logs - logs.max(axis=1, keepdims=True))


def _means_of_channels(evidence: Floats, means: Floats) -> Floats:
    """(channels, means, concentrations) posterior of a channel's mean and of the concentration of campaigns.

    evidence: same shape, log likelihood of the channel's campaigns.
    """
    top = beta_on(means, means, CONCENTRATIONS)
    scaled = np.exp(evidence - evidence.max(axis=(1, 2), keepdims=True))
    marginal = np.maximum(np.einsum("um,hmk->huk", top, scaled, optimize=True), SMALLEST)
    # The scale left out above is one number a channel: it does not depend on what is compared here.
    logs = np.log(marginal).sum(axis=0)
    posterior = np.exp(logs - logs.max()) * np.tile(SPREADS, means.size)[:, None]
    posterior /= posterior.sum()
    found: Floats = scaled * np.einsum("huk,um->hmk", posterior / marginal, top, optimize=True)
    found /= found.sum(axis=(1, 2), keepdims=True)
    return found


def _summary(posterior: Floats, grid: Floats, step: float) -> Floats:
    """(3, units): mean, 5 % and 95 % quantile of posteriors on the grid (units, grid)."""
    cumulated = np.cumsum(posterior, axis=1)
    cumulated /= cumulated[:, -1:]
    mean = (posterior @ grid) / posterior.sum(axis=1)
    ends = []
    for share in (TAIL, 1 - TAIL):
        cell = np.argmax(cumulated >= share, axis=1)[:, None]
        reached = np.take_along_axis(cumulated, cell, axis=1)[:, 0]
        before = np.where(
            cell[:, 0] > 0, np.take_along_axis(cumulated, np.maximum(cell - 1, 0), 1)[:, 0], 0.0
        )
        inside = (share - before) / np.maximum(reached - before, SMALLEST)
        ends.append(_shares((cell[:, 0] + np.clip(inside, 0, 1)) * step))
    return np.stack([mean, np.minimum(ends[0], mean), np.maximum(ends[1], mean)])


@dataclass(frozen=True)
class _Fit:
    """What the counts say of the rates under one delay curve.

    groups: (groups, hypotheses) posterior of each group's mean and of the concentration of its units.
    marginal: (units, hypotheses) how likely a unit is under each; means, squares: its expected rate and
    squared rate then.
    """

    units: Units
    groups: Floats
    marginal: Floats
    means: Floats
    squares: Floats

    def posterior(self, rows: slice, likelihood: Floats, prior: Floats) -> Floats:
        """(rows, grid): of the units' rates."""
        mixed = (self.groups[self.units.group[rows]] / self.marginal[rows]) @ prior
        found: Floats = likelihood * mixed
        found /= found.sum(axis=1, keepdims=True)
        return found

    def moments(self) -> Floats:
        """(2, groups): mean and mean square of the rate of all entrants of a group together: the mean over
        its units, each by its entrants. Given a group's mean and concentration its units are independent.
        """
        entered = self.units.entered.sum(axis=1)
        share = (entered / np.bincount(self.units.group, entered)[self.units.group])[:, None]
        starts = np.flatnonzero(np.diff(self.units.group, prepend=-1))
        given = np.add.reduceat(share * self.means, starts)
        spread = np.add.reduceat(share**2 * np.maximum(self.squares - self.means**2, 0.0), starts)
        return np.stack([(self.groups * given).sum(axis=1), (self.groups * (spread + given**2)).sum(axis=1)])


def _fit(units: Units, grid: Floats, centres: Floats, prior: Floats) -> _Fit:
    marginal, means, squares = np.zeros((3, len(units.group), prior.shape[0]))
    for rows, likelihood in likelihoods(units, grid):
        marginal[rows] = np.maximum(likelihood @ prior.T, SMALLEST)
        means[rows] = likelihood @ (prior * grid).T / marginal[rows]
        squares[rows] = likelihood @ (prior * grid**2).T / marginal[rows]
    starts = np.flatnonzero(np.diff(units.group, prepend=-1))
    evidence = np.add.reduceat(np.log(marginal), starts)
    shape = (starts.size, centres.size, CONCENTRATIONS.size)
    groups = _means_of_channels(evidence.reshape(shape), centres).reshape(starts.size, -1)
    return _Fit(units, groups, marginal, means, squares)


def _beta_interval(rate: Floats, square: Floats) -> Shrunken:
    """Of the Beta with this mean and mean square."""
    certainty = rate * (1 - rate) / np.maximum(square - rate**2, SMALLEST) - 1
    low, high = (stats.beta.ppf(q, rate * certainty, (1 - rate) * certainty) for q in (TAIL, 1 - TAIL))
    return Shrunken(rate, np.minimum(low, rate), np.maximum(high, rate))


def shrink(units: Units) -> tuple[Shrunken, Shrunken]:
    """(units, groups): each unit's rate pulled towards its group's mean, and that towards the mean of all, as
    far as they are alike; and the rate of each group's entrants together, the mean of its units' rates.
    """
    grid, step = rate_grid(float(units.entered.sum(axis=1).max(initial=1.0)))
    centres = mean_grid(units)
    prior = beta_on(grid, centres, CONCENTRATIONS)
    fits = [_fit(curve, grid, centres, prior) for curve in units.on_other_curves]
    found = np.zeros((3, len(units.group)))
    for blocks in zip(*(likelihoods(fit.units, grid) for fit in fits), strict=True):
        rows = blocks[0][0]
        posterior = [fit.posterior(rows, seen, prior) for fit, (_, seen) in zip(fits, blocks, strict=True)]
        found[:, rows] = _summary(np.mean(posterior, axis=0), grid, step)
    return Shrunken(*found), _beta_interval(*np.mean([fit.moments() for fit in fits], axis=0))
