"""Bootstrap draws of P(SQL | score) and of the expected final rate at each threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit

from orchestration.calibration.delay import DelayCurve
from orchestration.calibration.inputs import HandOffs
from orchestration.calibration.level import level_draws
from orchestration.calibration.model import Flags, Floats, Ints
from orchestration.settings import CalibrationSettings

EDGE = 1e-4  # probabilities are kept this far from 0 and 1 so that logits are finite
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Labels:
    """Hand-offs old enough to teach, arrays of length n: level of the score, weight by age, whether SQL
    within H.
    """

    level: Ints
    shape_weight: Floats
    week: Ints  # whole weeks of age
    converted: Flags
    used: Flags  # (all hand-offs,) which of them these are


@dataclass(frozen=True)
class Market:
    """B draws of P(SQL | score) of all leads over L levels.

    shape: (B, L) by score, long half-life. held: the same with the rate of the lowest tested scores carried
    down. move: (B,) logit shift to the market of the coming weeks. tested: lowest tested level.
    """

    shape: Floats
    held: Floats
    move: Floats
    tested: int


@dataclass(frozen=True)
class Draws:
    """B draws over L thresholds. rate: (B, L) expected final rate; worst, best: with nothing, or as much
    as the lowest tested scores, converting below the tested ones; margin: (B, L) rate at exactly that
    level.
    """

    rate: Floats
    worst: Floats
    best: Floats
    margin: Floats


def label(
    handoffs: HandOffs, level: Ints, shares: Floats, horizon: int, knobs: CalibrationSettings
) -> Labels:
    """Keep hand-offs whose share seen so far is at least `min_completeness`; the weights halve with age."""
    used = (shares >= knobs.min_completeness) & ~handoffs.delay_only
    weeks = handoffs.age[used] / 7
    return Labels(
        level=level[used],
        shape_weight=0.5 ** (weeks / knobs.shape_half_life_weeks),
        week=np.floor(weeks).astype(np.int64),
        converted=(handoffs.lag <= np.minimum(handoffs.age, horizon))[used],
        used=used,
    )


def _counts(
    labels: Labels, delay: DelayCurve, cluster: Ints, size: int, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Per draw and level (B, L): SQLs and expected-final hand-offs under the shape's weights; and per draw,
    level and week of age (B, L, W) expected-final hand-offs, unweighted.

    Each lead gets an Exp(1) weight (Bayesian bootstrap, Rubin 1981), shared by its hand-offs; G is refitted
    too.
    """
    weeks = int(labels.week.max(initial=0)) + 1
    sqls, finals, weekly = np.zeros((draws, size)), np.zeros((draws, size)), np.zeros((draws, size, weeks))
    hit = np.flatnonzero(labels.converted)
    cell = labels.level * weeks + labels.week
    leads = int(cluster.max(initial=-1)) + 1
    for b in range(draws):
        weights = rng.standard_exponential(leads)[cluster]
        seen = delay.shares(weights)[labels.used]
        weighted = weights[labels.used] * labels.shape_weight
        sqls[b] = np.bincount(labels.level[hit], weighted[hit], size)
        finals[b] = np.bincount(labels.level, weighted * seen, size)
        weekly[b] = np.bincount(cell, seen, size * weeks).reshape(size, weeks)
    return sqls, finals, weekly


def _isotonic(sqls: Floats, exposure: Floats, tested: int) -> Floats:
    """(B, L) non-decreasing rate per level by pool-adjacent-violators: block value = sum(K)/sum(E).

    Levels without hand-offs are interpolated; below `tested` the lowest tested value is carried down.
    """
    tried = tested + np.flatnonzero(exposure[:, tested:].sum(axis=0) > 0)
    every = np.arange(exposure.shape[1])
    fitted = np.empty_like(exposure)
    for b in range(exposure.shape[0]):
        weight = np.maximum(exposure[b, tried], 1e-9)
        block = isotonic_regression(sqls[b, tried] / weight, weights=weight).x
        fitted[b] = np.interp(every, tried, block)
    return np.clip(fitted, EDGE, 1 - EDGE)


def _logistic(x: Floats, sqls: Floats, exposure: Floats) -> Floats:
    """(B, L) fitted logistic curves in x (L,), by Newton's method on all draws at once; slope >= 0, light
    ridge.
    """
    misses = np.maximum(exposure - sqls, 0.0)
    trials = sqls + misses
    centre = (trials.sum(axis=0) @ x) / max(trials.sum(), 1e-9)
    scale = max(float(np.sqrt(trials.sum(axis=0) @ (x - centre) ** 2 / max(trials.sum(), 1e-9))), 1e-9)
    z = (x - centre) / scale
    mean = np.clip(sqls.sum(axis=1) / np.maximum(trials.sum(axis=1), 1e-9), EDGE, 1 - EDGE)
    a, b = logit(mean), np.zeros_like(mean)
    for _ in range(25):
        p = expit(a[:, None] + b[:, None] * z)
        residual, curvature = sqls - trials * p, trials * p * (1 - p)
        g0, g1 = residual.sum(axis=1), residual @ z - 0.01 * b
        h00, h01, h11 = curvature.sum(axis=1) + 1e-9, curvature @ z, curvature @ z**2 + 0.01
        determinant = np.maximum(h00 * h11 - h01**2, 1e-12)
        a = np.clip(a + np.clip((h11 * g0 - h01 * g1) / determinant, -1, 1), -12, 12)
        b = np.clip(b + np.clip((h00 * g1 - h01 * g0) / determinant, -1, 1), 0, 12)
    fitted: Floats = expit(a[:, None] + b[:, None] * z)
    return fitted


def fit_shift(shape: Floats, sqls: Floats, exposure: Floats, prior_sd: float) -> Floats:
    """(B,) logit shift of the shape to the recent level: Newton on a binomial score with a N(0,
    prior_sd^2) prior.
    """
    base, shift = logit(shape), np.zeros(shape.shape[0])
    for _ in range(25):
        p = expit(base + shift[:, None])
        slope = (sqls - exposure * p).sum(axis=1) - shift / prior_sd**2
        curvature = (exposure * p * (1 - p)).sum(axis=1) + 1 / prior_sd**2
        shift = np.clip(shift + np.clip(slope / curvature, -1, 1), -6, 6)
    return shift


def draw_market(
    labels: Labels,
    delay: DelayCurve,
    cluster: Ints,
    x: Floats,
    tested: int,
    knobs: CalibrationSettings,
    rng: np.random.Generator,
) -> Market:
    """Draws of P(SQL | score) in the coming weeks (reference/calibration.md 8, step 4).

    labels, delay, cluster: the hand-offs. x: (L,) thresholds. tested: lowest tested level; below it a
    logistic curve is used, capped by the rate of the lowest tested block.
    """
    size = x.size
    long_k, long_e, weekly = _counts(labels, delay, cluster, size, knobs.draws, rng)
    held = _isotonic(long_k, long_e, tested)
    below = np.arange(size) < tested
    slope = np.clip(_logistic(x, long_k, long_e), EDGE, 1 - EDGE)
    shape = np.where(below, np.minimum(slope, held), held)
    sqls = np.zeros((size, weekly.shape[2]))
    np.add.at(sqls, (labels.level[labels.converted], labels.week[labels.converted]), 1.0)
    move = level_draws(shape[:, ~below], sqls[~below], weekly[:, ~below], knobs, rng)
    return Market(shape, held, move, tested)


def rates_of(market: Market, admitted: Floats) -> Draws:
    """Draws of the expected final rate at each threshold (step 5); admitted: (L, L) from `admissions`."""
    shape, move = market.shape, market.move[:, None]
    p, top = expit(logit(shape) + move), expit(logit(market.held) + move)
    volume = admitted.sum(axis=1)

    def tail(rates: Floats) -> Floats:
        mean = np.divide(rates @ admitted.T, volume, out=rates.copy(), where=volume > 0)
        bounded: Floats = np.clip(mean, 0.0, 1.0)
        return bounded

    below = np.arange(shape.shape[1]) < market.tested
    return Draws(rate=tail(p), worst=tail(np.where(below, 0.0, p)), best=tail(top), margin=p)
