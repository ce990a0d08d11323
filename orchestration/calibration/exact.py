"""Exact intervals and tests over hand-offs of unequal age."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit

from orchestration.calibration.model import Flags, Floats, Ints

BINS = 8
SIMULATIONS = 300


def final_rate_interval(
    sqls: Floats, leads: Floats, seen: Floats, *, level: float = 0.90
) -> tuple[Floats, Floats, Floats]:
    """(rate, low, high) of the final rate: k/(nG) and Clopper-Pearson(k, n)/G, cut to [0, 1].

    sqls k, leads n: counts; seen: mean share G of conversions visible at the leads' ages. With unequal ages
    the binomial interval still covers (Hoeffding 1956: the tails of unequal Bernoulli sums are lighter).
    Without any lead the rate is unknown: (0.5, 0, 1).
    """
    tail = (1 - level) / 2
    k, n = np.asarray(sqls, np.float64), np.asarray(leads, np.float64)
    g = np.maximum(np.asarray(seen, dtype=np.float64), 1e-9)
    low = np.where(k > 0, stats.beta.ppf(tail, np.maximum(k, 1), n - k + 1), 0.0) / g
    high = np.where(k < n, stats.beta.ppf(1 - tail, k + 1, np.maximum(n - k, 1)), 1.0) / g
    rate = np.where(n > 0, k / np.maximum(n * g, 1e-9), 0.5)
    return np.clip(rate, 0, 1), np.clip(low, 0, 1), np.clip(high, 0, 1)


def _deviance(k: Floats, n: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """G2 of K ~ Binomial(n, p G) against the best non-decreasing p, and the fitted p G."""
    p = isotonic_regression(k / (n * seen), weights=n * seen).x
    q = np.clip(np.clip(p, 0, 1) * seen, 1e-12, 1 - 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(k > 0, k * np.log(k / (n * q)), 0.0)
        misses = np.where(k < n, (n - k) * np.log((n - k) / (n * (1 - q))), 0.0)
    return 2 * (hits + misses).sum(), q


def monotone_p_value(score: Floats, converted: Flags, seen: Floats, rng: np.random.Generator) -> float:
    """p value of "a higher score converts no worse": G2 on 8 equal bins against isotonic, parametric
    bootstrap.

    score, converted, seen: (n,) hand-offs that teach. 1.0 where there is nothing to test.
    """
    order = np.argsort(score, kind="stable")
    cuts = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1])) if score.size else np.zeros(0)
    bins: Ints = np.searchsorted(cuts, score[order], side="right").astype(np.int64)
    counts: Floats = np.bincount(bins).astype(np.float64)
    if np.count_nonzero(counts) < 2:
        return 1.0
    filled = np.flatnonzero(counts)
    n = counts[filled]
    g: Floats = np.bincount(bins, seen[order])[filled].astype(np.float64) / n
    k: Floats = np.bincount(bins, converted[order].astype(np.float64))[filled].astype(np.float64)
    observed, q = _deviance(k, n, g)
    if observed <= 1e-9:
        return 1.0
    simulated = rng.binomial(n.astype(np.int64), q, size=(SIMULATIONS, n.size)).astype(np.float64)
    larger = sum(_deviance(row, n, g)[0] >= observed for row in simulated)
    return float((1 + larger) / (1 + SIMULATIONS))


def slope_interval(score: Floats, converted: Flags, seen: Floats) -> tuple[float, float]:
    """90 % interval of how much the logit of the rate rises with one standard deviation of the score.

    Logistic regression with exposure G by Newton's method; (-inf, inf) where it can't be said. Scores count
    by their rank's normal score, so that a few odd ones do not decide.
    """
    if score.size < 2 or np.unique(score).size < 2 or not converted.any():
        return -np.inf, np.inf
    ranks = stats.rankdata(score)
    z = stats.norm.ppf((ranks - 0.5) / score.size)
    z = (z - z.mean()) / z.std()
    a, b = float(np.log(converted.sum() / max(seen.sum() - converted.sum(), 0.5))), 0.0
    for _ in range(30):
        p = expit(a + b * z)
        weight, residual = seen * p * (1 - p), converted - seen * p
        h00, h01, h11 = weight.sum() + 1e-9, weight @ z, weight @ z**2 + 1e-9
        determinant = max(float(h00 * h11 - h01**2), 1e-12)
        g0, g1 = residual.sum(), residual @ z
        a += float(np.clip((h11 * g0 - h01 * g1) / determinant, -1, 1))
        b += float(np.clip((h00 * g1 - h01 * g0) / determinant, -1, 1))
    error = float(np.sqrt(h00 / determinant))
    return b - 1.645 * error, b + 1.645 * error


def jump_interval(sqls: float, expected: float, exposure: float) -> tuple[float, float]:
    """90 % interval (Poisson) of the logit shift that turns the `expected` SQLs of an exposure into `sqls`.

    (-inf, inf) where nothing was expected.
    """
    if expected <= 0 or exposure <= 0:
        return -np.inf, np.inf
    usual = float(np.clip(expected / exposure, 1e-4, 1 - 1e-4))
    low = stats.gamma.ppf(0.05, sqls) / exposure if sqls > 0 else 0.0
    high = stats.gamma.ppf(0.95, sqls + 1) / exposure
    bounds = logit(np.clip([low, high], 1e-4, 1 - 1e-4)) - logit(usual)
    return float(bounds[0]), float(bounds[1])
