"""One forecast: what open episodes and those still to come will bring, week by week, and how sure that is.

On each day of age x an episode that has not converted yet converts with hazard h(x) = d(x)/n(x), the factors
of the delay curve: F(x) = 1 - prod(1 - h), G = F/F(H). So an open episode of age a converts at age x with
probability (F(x) - F(x-1)) / (1 - F(a)), and one that comes on a later day with F(x) - F(x-1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.calibration.model import Floats, Ints

WEEKS = 13
DRAWS = 600
TAIL = 0.10
LEVEL_WEEKS = 8
OTHER_WEEKS = 13
BLOCK = 4
CAUTION = 20
"""Pairs of weeks that chance alone is believed to have been seen in before any data."""
_NEARBY: Ints = np.array([(i, j) for i in (0, -1, 1) for j in (0, -1, 1)], dtype=np.int64)


@dataclass(frozen=True)
class Variation:
    """How weekly counts vary: dispersion = variance of a week over its mean (1 = chance alone), drift =
    standard deviation by which the level itself moves in a week, as a share of it."""

    dispersion: float
    drift: float


@dataclass(frozen=True)
class Stage:
    """What is known of one stage (SQL, customer) at the origin.

    at_risk, conversions: (H+1,) of the delay curve. open: (H+1,) not converted, by age. weekly: entries of
    the stage in past weeks, newest first; others: those of them that no MQL within the horizon brought.
    """

    at_risk: Floats
    conversions: Floats
    open: Floats
    weekly: Floats
    others: Floats


@dataclass(frozen=True)
class Parts:
    """Expected per week, each (WEEKS,): from open episodes, from those still to come, from elsewhere; and
    draws (DRAWS, WEEKS) of what may come."""

    from_open: Floats
    from_new: Floats
    from_other: Floats
    draws: Floats

    @property
    def expected(self) -> Floats:
        return self.from_open + self.from_new + self.from_other


def variation(weekly: Floats) -> Variation:
    """Dispersion from differences of neighbouring weeks; drift from those of neighbouring blocks beyond it.

    Both are drawn towards "chance alone, no drift" while weeks are few.
    """
    mean = float(weekly.mean()) if weekly.size else 0.0
    if mean == 0 or weekly.size < 2:
        return Variation(1.0, 0.0)
    pairs = weekly.size - 1
    seen = float((np.diff(weekly) ** 2).sum()) / (2 * mean)
    dispersion = max(1.0, (seen + CAUTION) / (pairs + CAUTION))
    blocks = weekly[: weekly.size // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    if blocks.size < 3:
        return Variation(dispersion, 0.0)
    by_chance = 2 * dispersion * mean / BLOCK
    # two blocks of m weeks of a random walk differ by (2m^2+1)/(3m) of a week's variance
    per_week = (2 * BLOCK**2 + 1) / (3 * BLOCK) * mean**2
    excess = (float((np.diff(blocks) ** 2).mean()) - by_chance) / per_week
    moves = blocks.size - 1
    return Variation(dispersion, float(np.sqrt(max(0.0, excess) * moves / (moves + 3))))


def _weeks_of_days(gap: int) -> Floats:
    """(WEEKS, days): which future days are in which week; the first `gap` days are in the running week."""
    days = np.arange(gap + 7 * WEEKS)
    found: Floats = ((days - gap) // 7 == np.arange(WEEKS)[:, None]).astype(np.float64)
    return found


def at_risk_in(stage: Stage, survival: Floats, gap: int) -> Floats:
    """(WEEKS, H+1): how many open episodes are expected to pass each age in each week, not yet converted."""
    ages = np.arange(survival.size)
    days = np.arange(1, gap + 7 * WEEKS + 1)
    from_age = ages[None, :] - days[:, None]
    still = np.divide(stage.open, survival, out=np.zeros_like(survival), where=survival > 0)
    passing = np.where(from_age >= 0, still[np.maximum(from_age, 0)], 0.0)
    before = np.concatenate([[1.0], survival[:-1]])
    found: Floats = (_weeks_of_days(gap) @ passing) * before
    return found


def new_by_age(horizon: int, gap: int) -> Floats:
    """(WEEKS, 1 + WEEKS, H+1): of one MQL a week, how many pass an age in week w that came in week j.

    Week j = 0 is what is left of the running week.
    """
    days = np.arange(gap + 7 * WEEKS)
    week = (days - gap) // 7
    came, passed = np.meshgrid(days, days, indexing="ij")
    age = passed - came
    counted = (age >= 0) & (age <= horizon) & (week[passed] >= 0)
    found = np.zeros((WEEKS, 1 + WEEKS, horizon + 1))
    np.add.at(found, (week[passed][counted], week[came][counted] + 1, age[counted]), 1 / 7)
    return found


def draw_volumes(weekly: Floats, rng: np.random.Generator) -> tuple[float, Floats]:
    """(a week's MQLs, draws (DRAWS, 1 + WEEKS) of the running week and the coming ones).

    Recent level, its error, its drift, and the noise of each week beyond chance; chance itself is drawn with
    the conversions.
    """
    recent = weekly[:LEVEL_WEEKS]
    level = float(recent.mean()) if recent.size else 0.0
    how = variation(weekly)
    shape = (recent.sum() + 0.5) / how.dispersion
    start = level * rng.gamma(shape, 1 / shape, size=(DRAWS, 1))
    # the level is that of the middle of its weeks, so it has drifted already
    steps = rng.normal(0, how.drift, size=(DRAWS, 1 + WEEKS))
    steps[:, 0] *= np.sqrt(1 + recent.size / 3)
    moved = np.exp(np.cumsum(steps, axis=1) - np.cumsum(steps.var(axis=0)) / 2)
    return level, _noisy(start * moved, how.dispersion, rng)


def _noisy(mean: Floats, dispersion: float, rng: np.random.Generator) -> Floats:
    """Means of which Poisson counts have `dispersion` times the variance of chance alone."""
    if dispersion <= 1.0:
        return mean
    extra = dispersion - 1
    noisy: Floats = rng.gamma(np.maximum(mean, 1e-12) / extra, extra)
    return noisy


def forecast_stage(
    stage: Stage, volumes: tuple[float, Floats], by_age: Floats, gap: int, rng: np.random.Generator
) -> Parts:
    """SQLs or customers per coming week. by_age: `new_by_age` of this gap and the stage's horizon."""
    hazard: Floats = stage.conversions / np.maximum(stage.at_risk, 1.0)
    survival = np.cumprod(1 - hazard).astype(np.float64)
    before = np.concatenate([[1.0], survival[:-1]])
    happened = stage.conversions > 0
    known = stage.conversions[happened]
    drawn = rng.gamma(known, 1 / stage.at_risk[happened], size=(DRAWS, known.size))
    passing = at_risk_in(stage, survival, gap)[:, happened]
    unit = (by_age * before)[:, :, happened].reshape(-1, known.size)
    hazard = hazard[happened]
    level, draws = volumes
    recent = stage.others[:OTHER_WEEKS]
    other = float(recent.mean()) if recent.size else 0.0
    other_drawn = rng.gamma(recent.sum() + 0.5, 1 / max(recent.size, 1), size=(DRAWS, 1))
    new_drawn = ((drawn @ unit.T).reshape(DRAWS, WEEKS, 1 + WEEKS) * draws[:, None, :]).sum(axis=2)
    means = drawn @ passing.T + new_drawn + other_drawn
    counts = rng.poisson(_noisy(means, variation(stage.weekly).dispersion, rng)).astype(np.float64)
    new = level * (unit @ hazard).reshape(WEEKS, 1 + WEEKS).sum(axis=1)
    return Parts(passing @ hazard, new, np.full(WEEKS, other), counts)


@dataclass(frozen=True)
class Amounts:
    """Deals of the last year: how many, how many with an amount, mean and standard deviation of those."""

    deals: int
    paid: int
    mean: float
    spread: float


def draw_amounts(counts: Floats, amounts: Amounts, rng: np.random.Generator) -> Floats:
    """The sum of as many amounts as `counts` says: Gamma with the mean and variance of such a sum, and with
    the error of a mean of few deals."""
    if amounts.paid == 0:
        return np.zeros_like(counts)
    paid = rng.binomial(counts.astype(np.int64), amounts.paid / amounts.deals).astype(np.float64)
    squared = max((amounts.spread / amounts.mean) ** 2, 1e-6)
    certain = amounts.paid / squared
    mean = amounts.mean * rng.gamma(certain, 1 / certain, size=(counts.shape[0], 1))
    sums = rng.gamma(np.maximum(paid, 1e-12) / squared, squared) * mean
    return np.where(paid > 0, sums, 0.0)


def forecast_revenue(
    customers: Parts, deals_beside: Floats, first: Amounts, beside: Amounts, rng: np.random.Generator
) -> Parts:
    """Won amounts per coming week: of the customers to come, and of deals with those who already are."""
    value = first.mean * first.paid / first.deals if first.paid else 0.0
    recent = deals_beside[:OTHER_WEEKS]
    rate = float(recent.mean()) if recent.size else 0.0
    drawn = rng.gamma(recent.sum() + 0.5, 1 / max(recent.size, 1), size=(DRAWS, 1))
    more = rng.poisson(np.repeat(drawn, WEEKS, axis=1)).astype(np.float64)
    draws = draw_amounts(customers.draws, first, rng) + draw_amounts(more, beside, rng)
    other = customers.from_other * value + rate * beside.mean
    return Parts(customers.from_open * value, customers.from_new * value, other, draws)


def interval_of_counts(draws: Floats) -> tuple[Floats, Floats]:
    """80 % intervals of whole numbers: about the 10 % and 90 % quantiles, as close to 80 % as they can be.

    Intervals that hold at least 80 % would hold 90 % and more where counts are small.
    """
    ends = []
    for column in draws.T.astype(np.int64):
        chances = np.bincount(column) / column.size
        reached = np.concatenate([[0.0], np.cumsum(chances)])
        middle = reached[1:] - chances / 2
        inside = np.flatnonzero((middle >= TAIL) & (middle <= 1 - TAIL))
        low = np.clip(inside[0] + _NEARBY[:, 0], 0, None)
        high = np.clip(inside[-1] + _NEARBY[:, 1], low, chances.size - 1)
        low = np.minimum(low, high)
        best = int(np.argmin(np.abs(reached[high + 1] - reached[low] - (1 - 2 * TAIL)).round(9)))
        ends.append((float(low[best]), float(high[best])))
    lows, highs = np.array(ends).T
    return lows, highs


def interval_of_amounts(draws: Floats) -> tuple[Floats, Floats]:
    """80 % intervals of amounts; from nothing to the 80 % quantile where nothing is likelier than 10 %."""
    nothing = (draws == 0).mean(axis=0)
    low, high = np.quantile(draws, [TAIL, 1 - TAIL], axis=0)
    one_sided = np.quantile(draws, 1 - 2 * TAIL, axis=0)
    return np.where(nothing > TAIL, 0.0, low), np.where(nothing > TAIL, one_sided, high)
