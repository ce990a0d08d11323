"""The companies people work for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from orchestration.sample.vocabulary import COMPANY_NOUNS, COMPANY_STEMS
from orchestration.sample.world import (
    OTHER_COUNTRIES,
    OTHER_INDUSTRIES,
    TARGET_COUNTRIES,
    TARGET_INDUSTRIES,
    Bools,
    Floats,
    Ints,
    World,
)


@dataclass(frozen=True)
class Companies:
    """Arrays of shape (companies,). industry and country index the target values first, then the others."""

    fit: Floats
    weight: Floats  # cumulative share of people, ends at 1
    stem: Ints
    noun: Ints
    employees: Ints
    industry: Ints
    country: Ints
    scans_mail: Bools  # its mail gateway opens messages and follows every link


def _pick(first: Bools, targets: int, others: int, rng: np.random.Generator) -> Ints:
    """Index of a target value where `first`, else of one of the others."""
    size = first.shape[0]
    return np.where(first, rng.integers(0, targets, size), targets + rng.integers(0, others, size))


def make_companies(world: World) -> Companies:
    """About one company per four leads; a few of them have very many people."""
    rng = world.rng("company")
    n = max(30, world.leads // 4)
    fit = rng.standard_normal(n)
    size = rng.pareto(1.6, n) + 0.3
    return Companies(
        fit=fit,
        weight=np.cumsum(size) / size.sum(),
        stem=rng.integers(0, len(COMPANY_STEMS), n),
        noun=rng.integers(0, len(COMPANY_NOUNS), n),
        employees=np.clip(np.exp(4.1 + 1.4 * fit + 0.4 * rng.standard_normal(n)), 1, 200_000).astype(
            np.int64
        ),
        industry=_pick(
            rng.random(n) < ndtr(0.1 + 2.2 * fit), len(TARGET_INDUSTRIES), len(OTHER_INDUSTRIES), rng
        ),
        country=_pick(
            rng.random(n) < ndtr(0.8 + 1.4 * fit), len(TARGET_COUNTRIES), len(OTHER_COUNTRIES), rng
        ),
        scans_mail=rng.random(n) < 0.05,
    )
