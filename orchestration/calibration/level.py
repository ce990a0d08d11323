"""Where the market stands now: a filter over weeks in which the level drifts a little and rarely jumps."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from orchestration.calibration.model import Floats
from orchestration.settings import CalibrationSettings

STEP = 0.06
GRID = STEP * np.arange(-50, 51)  # logit levels of the market, against the year's shape
WEEKS_IN_FORCE = 4  # how long a decision stands


def _moves(knobs: CalibrationSettings) -> Floats:
    """(D, D) chances that the level moves from one grid point to another within a week: mostly a small
    drift, rarely a jump.
    """
    gap = GRID[None, :] - GRID[:, None]

    def bell(sd: float) -> Floats:
        density = np.exp(-0.5 * (gap / max(sd, STEP / 4)) ** 2)
        normal: Floats = density / density.sum(axis=1, keepdims=True)
        return normal

    return (1 - knobs.jump_chance) * bell(knobs.drift_sd) + knobs.jump_chance * bell(knobs.jump_sd)


def _likelihood(shape: Floats, sqls: Floats, finals: Floats) -> Floats:
    """(B, D, W): SQLs of a week are Poisson(sum over levels of rate x expected-final hand-offs), which is
    what binomial counts seen in small part are; each week scaled to a highest value of 1.
    """
    logs = np.empty((shape.shape[0], GRID.size, sqls.shape[1]))
    for draw, base in enumerate(logit(shape)):
        rate = expit(base + GRID[:, None])
        logs[draw] = np.log(rate) @ sqls - rate @ finals[draw]
    scaled: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
    return scaled


def level_draws(
    shape: Floats, sqls: Floats, finals: Floats, knobs: CalibrationSettings, rng: np.random.Generator
) -> Floats:
    """(B,) draws of the logit level of the market, against the shape, in the weeks that a decision stands.

    shape: (B, L) rates by score. sqls: (L, W) SQLs by week of age. finals: (B, L, W) expected-final
    hand-offs. The level starts at N(0, level_prior_sd^2), moves from week to week, and is seen in each
    week's SQLs: a forward filter on a grid. One draw is taken from each of B equal parts of the chances.
    """
    seen, moves = _likelihood(shape, sqls, finals), _moves(knobs)
    draws, weeks = shape.shape[0], sqls.shape[1]
    prior = np.exp(-0.5 * (GRID / knobs.level_prior_sd) ** 2)
    belief = np.tile(prior / prior.sum(), (draws, 1))
    for week in range(weeks - 1, -1, -1):
        belief = (belief if week == weeks - 1 else belief @ moves) * seen[:, :, week] + 1e-300
        belief /= belief.sum(axis=1, keepdims=True)
    ahead = np.zeros_like(belief)
    for _ in range(WEEKS_IN_FORCE):
        belief = belief @ moves
        ahead += belief
    reached = np.cumsum(ahead, axis=1)
    reached /= reached[:, -1:]
    chance = (rng.permutation(draws) + rng.random(draws)) / draws
    place = np.minimum((reached < chance[:, None]).sum(axis=1), GRID.size - 1)
    level: Floats = GRID[place] + STEP * (rng.random(draws) - 0.5)
    return level
