"""One policy through one sample world, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from orchestration.backtest.policies import POLICIES, Decision
from orchestration.backtest.worlds import BURN_IN, EVALUATED, EVERY, REGIMES, HandOffLog, Plan, World
from orchestration.calibration.model import Flags, Floats
from orchestration.settings import Settings

ORACLE = "oracle"
NAMES = (*POLICIES, ORACLE)


@dataclass(frozen=True)
class Walk:
    """Per evaluated week (104,): threshold in force, true final rate at it, leads worked and SQLs
    (expected) of that week's hand-offs. decisions: one per EVERY weeks.
    """

    policy: str
    plan: Plan
    thresholds: Floats
    rates: Floats
    worked: Floats
    sqls: Floats
    decisions: tuple[Decision, ...]


def walk(world: World, policy: str, settings: Settings) -> Walk:
    """Every four weeks the policy decides on what is known that day; the truth is noted every week."""
    log = HandOffLog(world)
    for _ in range(BURN_IN):
        log.run_week(world.start)
    threshold, decisions, weekly = world.start, [], []
    for week in range(BURN_IN, BURN_IN + EVALUATED):
        if (week - BURN_IN) % EVERY == 0:
            if policy == ORACLE:
                made = Decision(world.best_threshold(week, settings.band))
            else:
                made = POLICIES[policy](log.known(), threshold, settings)
            decisions.append(made)
            threshold = made.threshold
        worked, sqls = log.run_week(threshold)
        weekly.append((threshold, world.true_rate(week, threshold), worked, sqls))
    thresholds, rates, handed, won = np.array(weekly, dtype=np.float64).T
    return Walk(policy, world.plan, thresholds, rates, handed, won, tuple(decisions))


def walk_all(plan: Plan, policies: Sequence[str], settings: Settings) -> list[Walk]:
    """All policies through one world; the luck of each lead is the same for all."""
    world = World(plan)
    return [walk(world, policy, settings) for policy in policies]


def _task(job: tuple[Plan, tuple[str, ...], Settings]) -> list[Walk]:
    return walk_all(*job)


def walk_worlds(
    plans: Sequence[Plan], policies: Sequence[str], settings: Settings, *, workers: int = 1
) -> Iterator[list[Walk]]:
    """The walks of each world in the order of the plans, whatever the number of processes."""
    jobs = [(plan, tuple(policies), settings) for plan in plans]
    if workers <= 1 or len(jobs) <= 1:
        yield from map(_task, jobs)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_task, jobs)


@dataclass(frozen=True)
class Score:
    """What PRODUCT.md's `bandpass backtest --json` gives per policy, means over weeks; and beside it what
    became of the promises: realised_in_band of the weeks promised for, interval_coverage of the 90 %
    intervals for the mean rate of each decision's weeks.
    """

    in_band: float
    below: float
    above: float
    sqls_per_week: float
    worked_per_week: float
    changes_per_year: float
    stated_in_band: float | None
    realised_in_band: float | None
    interval_coverage: float | None


def inside(rates: Floats, settings: Settings) -> Flags:
    flags: Flags = (rates >= settings.band.low) & (rates <= settings.band.high)
    return flags


def _changes(found: Walk) -> int:
    taken = [found.thresholds[i] for i in range(0, EVALUATED, EVERY)]
    from_start = [REGIMES[found.plan.regime][0], *taken]
    return int(np.count_nonzero(np.diff(from_start)))


def score(walks: Sequence[Walk], settings: Settings) -> Score:
    """The measures of one policy over its walks."""
    rates = np.array([found.rates for found in walks])
    promised, kept, covered = [], [], []
    for found in walks:
        weeks = found.rates.reshape(-1, EVERY)
        for decision, came in zip(found.decisions, weeks, strict=True):
            if decision.stated is not None:
                promised.append(decision.stated)
                kept.append(inside(came, settings).mean())
            if decision.low is not None and decision.high is not None:
                covered.append(decision.low <= came.mean() <= decision.high)

    def mean(values: Sequence[object]) -> float | None:
        return float(np.mean(np.asarray(values, dtype=np.float64))) if values else None

    return Score(
        in_band=float(inside(rates, settings).mean()),
        below=float((rates < settings.band.low).mean()),
        above=float((rates > settings.band.high).mean()),
        sqls_per_week=float(np.mean([found.sqls for found in walks])),
        worked_per_week=float(np.mean([found.worked for found in walks])),
        changes_per_year=sum(_changes(found) for found in walks) / len(walks) / EVALUATED * 52,
        stated_in_band=mean(promised),
        realised_in_band=mean(kept),
        interval_coverage=mean(covered),
    )
