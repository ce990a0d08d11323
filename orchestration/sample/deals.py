"""After the conversion: opportunities and their stages; and the tasks sales logs on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from orchestration.sample.people import People
from orchestration.sample.sales import Mqls
from orchestration.sample.world import DAY, NEVER, Bools, Floats, Ints, World, lognormal_days, work_time

STAGES = ("Qualification", "Needs Analysis", "Proposal/Quote", "Negotiation", "Closed Won", "Closed Lost")
PROBABILITIES = (10, 20, 65, 80, 100, 0)
WON, LOST = 4, 5
CALL, EMAIL, MEETING = 0, 1, 2


@dataclass(frozen=True)
class Deals:
    """Opportunities, arrays of shape (deals,); stage_at has shape (deals, 4), NEVER for stages not
    reached.
    """

    lead: Ints
    at_conversion: Bools  # made by the conversion itself, so that the lead points to it
    created_at: Ints
    stage_at: Ints
    closed_at: Ints
    won: Bools
    amount: Floats
    planned_close: Ints  # the plan at its creation


@dataclass(frozen=True)
class Tasks:
    """Calls, e-mails and meetings by sales.

    logged_at may be days after done_at; on_contact: after the conversion.
    """

    lead: Ints
    kind: Ints
    done_at: Ints
    logged_at: Ints
    on_contact: Bools


def close_deals(world: World, people: People, mqls: Mqls, rng: np.random.Generator) -> Deals:
    """One opportunity for nine of ten conversions: usually with the conversion, else a few days later."""
    u = rng.random(len(mqls.lead))
    rows = np.flatnonzero((mqls.sql_at < world.end) & (u < 0.90))
    n = len(rows)
    lead, sql_at, at_once = mqls.lead[rows], mqls.sql_at[rows], u[rows] < 0.70
    later = work_time(sql_at + lognormal_days(3, 0.7, n, rng), rng)
    created_at = np.where(at_once, sql_at, later)
    won = rng.random(n) < 0.08 + 0.24 * ndtr(people.quality[lead] - 0.5)
    length = np.where(won, lognormal_days(60, 0.6, n, rng), lognormal_days(48, 0.8, n, rng)) + 2 * DAY
    closed_at = work_time(created_at + length, rng)
    # Stages 1 to 3 come at rising fractions of the way; lost deals stop anywhere on it.
    way = np.sort(rng.uniform(0.08, 0.92, (n, 3)), axis=1)
    reached = np.where(won, 3, rng.integers(0, 4, n))
    between = work_time(created_at[:, None] + (way * length[:, None]).astype(np.int64), rng)
    between = np.minimum(between, closed_at[:, None] - np.array([2700, 1800, 900]))
    between = np.maximum(
        np.maximum.accumulate(between, axis=1), created_at[:, None] + np.array([60, 120, 180])
    )
    stage_at = np.concatenate(
        [created_at[:, None], np.where(np.arange(3) < reached[:, None], between, NEVER)], axis=1
    )
    size = np.where(people.employees[lead] < 0, 60, people.employees[lead])
    amount = np.round(np.exp(8.6 + 0.35 * np.log1p(size) + 0.6 * rng.standard_normal(n)) / 100) * 100
    planned = created_at + (length * np.exp(0.4 * rng.standard_normal(n))).astype(np.int64)
    return Deals(lead, at_once, created_at, stage_at, closed_at, won, amount, planned)


def log_tasks(world: World, mqls: Mqls, rng: np.random.Generator) -> Tasks:
    """Work on each MQL between first contact and outcome, a little more after a conversion; some logged
    days late.
    """
    closed = np.minimum(np.minimum(mqls.sql_at, mqls.disqualified_at), mqls.recycled_at)
    begins = np.where(mqls.episode == 0, mqls.sql_at - 10 * DAY, mqls.working_at)
    worked = np.flatnonzero(begins < world.end)
    wins = mqls.sql_at[worked] < NEVER
    count = 1 + rng.poisson(np.where(wins, 3.0, 1.6))
    row = np.repeat(worked, count)
    n = len(row)
    span = (
        np.where(closed[row] < NEVER, closed[row] + 7 * DAY * np.repeat(wins, count), begins[row] + 20 * DAY)
        - begins[row]
    )
    done_at = work_time(begins[row] + (span * rng.random(n) ** 1.5).astype(np.int64), rng)
    kind = np.where(
        np.repeat(wins, count) & (rng.random(n) < 0.3), MEETING, rng.choice((CALL, EMAIL), n, p=(0.55, 0.45))
    )
    u = rng.random(n)
    late = rng.integers(DAY, 6 * DAY, n)
    planned = -rng.integers(3600, 3 * DAY, n)
    logged_at = done_at + np.where(u < 0.08, late, np.where(u < 0.4, planned, rng.integers(0, 900, n)))
    logged_at = np.where((u >= 0.08) & (u < 0.4), np.maximum(logged_at, begins[row]), logged_at)
    keep = logged_at < world.end
    return Tasks(
        mqls.lead[row][keep], kind[keep], done_at[keep], logged_at[keep], (done_at > mqls.sql_at[row])[keep]
    )
