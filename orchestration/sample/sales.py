"""The company's earlier marketing system marks MQLs by its own score; sales works them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from orchestration.sample.engagement import Activities
from orchestration.sample.people import COMPETITOR, DUPLICATE, MERGED, STUDENT, TEST, People
from orchestration.sample.vocabulary import TITLES
from orchestration.sample.world import (
    DAY,
    EVENT,
    NEVER,
    OUTBOUND,
    OWN_THRESHOLD,
    REFERRAL,
    Bools,
    Floats,
    Ints,
    World,
    lognormal_days,
    work_time,
)

MAX_EPISODES = 3
SQL_MEDIAN_DAYS, SQL_SIGMA = 16.8, 0.85  # before moving into working hours, which makes it 18
CLOSE_MEDIAN_DAYS, CLOSE_SIGMA = 21.0, 0.9
COOLDOWN = 30 * DAY
NOT_A_FIT, NO_BUDGET, BAD_DATA, NO_RESPONSE, STUDENT_REASON, COMPETITOR_REASON = range(6)
SCORE_RESET, SCORE_ACTIVITY, SCORE_START = 0, 1, 2


@dataclass(frozen=True)
class Mqls:
    """MQL markings, and sales-sourced conversions with episode 0; arrays of shape (markings,). NEVER =
    does not happen.
    """

    lead: Ints  # index in the chunk
    episode: Ints  # from 1; 0 = converted without ever being marked
    mql_at: Ints
    quality: Floats
    p_sql: Floats
    working_at: Ints
    qualified_at: Ints  # status Qualified before the conversion; equals sql_at where it is set by it
    sql_at: Ints
    disqualified_at: Ints
    reason: Ints
    recycled_at: Ints


@dataclass(frozen=True)
class Scores:
    """Changes of the company's own score: lead, instant, old and new value, why."""

    lead: Ints
    at: Ints
    old: Ints
    new: Ints
    why: Ints


def _join(parts: list[Mqls]) -> Mqls:
    return Mqls(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Mqls.__dataclass_fields__)
    )


def initial_points(people: People) -> Ints:
    """Points the company's own score gives for the title, the day the lead appears."""
    level = np.array([level for _, level in TITLES])[people.title]
    return np.where(people.title < 0, 0, np.array([0, 5, 10, 10, 10, 0])[level])


def sell(world: World, people: People, log: Activities, rng: np.random.Generator) -> tuple[Mqls, Scores]:
    """Mark MQLs episode by episode as the own score crosses its threshold, and draw what sales makes of
    each.
    """
    n = len(people.row)
    workable = ~np.isin(people.kind, (DUPLICATE, MERGED, TEST))
    bypass = _bypass(people, workable, rng)
    parts, scores = [], []
    since = np.where(workable, 0, NEVER)  # own score counts from here; NEVER = out of the game
    base = initial_points(people)
    for episode in range(1, MAX_EPISODES + 1):
        running, crossed_at = _cross(log, since, base, n)
        if episode == 1:
            early = bypass.sql_at < np.minimum(crossed_at[bypass.lead], world.end)
            parts.append(Mqls(*(getattr(bypass, name)[early] for name in Mqls.__dataclass_fields__)))
            crossed_at[bypass.lead[early]] = NEVER
            since[bypass.lead[early]] = NEVER
        lead = np.flatnonzero(crossed_at < world.end)
        mql_at = crossed_at[lead] + rng.integers(30, 600, len(lead))
        lead, mql_at = lead[mql_at < world.end], mql_at[mql_at < world.end]
        part = _work(world, people, lead, mql_at, episode, rng)
        parts.append(part)
        until = np.full(n, NEVER)
        until[lead] = part.recycled_at
        scores.append(_score_rows(people, log, since, until, running, base, episode))
        since = np.full(n, NEVER)
        since[lead] = part.recycled_at
        base = np.zeros(n, dtype=np.int64)
    merged = Scores(
        *(np.concatenate([getattr(s, name) for s in scores]) for name in Scores.__dataclass_fields__)
    )
    return _join(parts), merged


def _cross(log: Activities, since: Ints, base: Ints, n: int) -> tuple[Ints, Ints]:
    """Running own score after each activity (base included), and per lead the first instant it reaches
    the threshold.

    After a recycling (`since` > 0) the score starts again from 0, and nothing is marked during the cool-down.
    """
    counts = log.at >= since[log.lead]
    total = np.cumsum(np.where(counts, log.detail, 0))
    starts = np.searchsorted(log.lead, np.arange(n))
    before = np.concatenate(([0], total))[starts]
    running = total - before[log.lead] + base[log.lead]
    allowed = counts & (running >= OWN_THRESHOLD) & (log.detail > 0)
    allowed &= (since[log.lead] == 0) | (log.at >= since[log.lead] + COOLDOWN)
    first = np.full(n, NEVER)
    hits = np.flatnonzero(allowed)
    leads, place = np.unique(log.lead[hits], return_index=True)
    first[leads] = log.at[hits[place]]
    return running, first


def _score_rows(
    people: People, log: Activities, since: Ints, until: Ints, running: Ints, base: Ints, episode: int
) -> Scores:
    """Own-score changes of this stretch: the start or reset, then one per scoring activity."""
    scored = np.flatnonzero((log.detail > 0) & (log.at >= since[log.lead]) & (log.at < until[log.lead]))
    lead = log.lead[scored]
    new = running[scored]
    why = np.full(len(scored), SCORE_ACTIVITY)
    starts = np.flatnonzero((base > 0) & people.in_marketo) if episode == 1 else np.zeros(0, np.int64)
    resets = np.flatnonzero(until < NEVER)
    last = np.zeros(len(until), dtype=np.int64) + base
    np.maximum.at(last, lead, new)
    return Scores(
        np.concatenate([starts, lead, resets]),
        np.concatenate([people.created_at[starts] - 3, log.at[scored] + 1, until[resets]]),
        np.concatenate([np.zeros(len(starts), np.int64), new - log.detail[scored], last[resets]]),
        np.concatenate([base[starts], new, np.zeros(len(resets), np.int64)]),
        np.concatenate([np.full(len(starts), SCORE_START), why, np.full(len(resets), SCORE_RESET)]),
    )


def _work(
    world: World, people: People, lead: Ints, mql_at: Ints, episode: int, rng: np.random.Generator
) -> Mqls:
    """What sales makes of newly marked MQLs: at most one of SQL, disqualified, recycled; or nothing, ever."""
    n = len(lead)
    quality = people.quality[lead] - 0.2 * (episode - 1)
    kind = people.kind[lead]
    p_sql = np.where(kind == COMPETITOR, 0.0, world.p_sql(quality, mql_at))
    wins = rng.random(n) < p_sql
    delay = np.where(
        wins,
        lognormal_days(SQL_MEDIAN_DAYS, SQL_SIGMA, n, rng),
        lognormal_days(CLOSE_MEDIAN_DAYS, CLOSE_SIGMA, n, rng),
    )
    closed_at = work_time(mql_at + delay + 1800, rng)
    response = np.minimum(lognormal_days(0.9, 1.0, n, rng), (delay * 0.6).astype(np.int64)) + 300
    working_at = np.minimum(work_time(mql_at + response, rng), closed_at - rng.integers(1200, 1700, n))
    fate = rng.random(n)
    idle = ~wins & (fate < 0.14) & (kind != COMPETITOR)
    # Those with a need but no plan yet go back to marketing, the others are refused.
    recycles = (
        ~wins
        & ~idle
        & (rng.random(n) < ndtr(-0.2 + 0.35 * people.intent[lead]))
        & (kind != COMPETITOR)
        & (kind != STUDENT)
    )
    refused = ~wins & ~idle & ~recycles
    working_at = np.where(idle & (fate < 0.05), NEVER, working_at)
    early = np.where(rng.random(n) < 0.6, rng.integers(120, 1100, n), 0)
    return Mqls(
        lead,
        np.full(n, episode),
        mql_at,
        quality,
        p_sql,
        working_at,
        np.where(wins, closed_at - early, NEVER),
        np.where(wins, closed_at, NEVER),
        np.where(refused, closed_at, NEVER),
        _reasons(people, lead, refused, rng),
        np.where(recycles, closed_at, NEVER),
    )


def _reasons(people: People, lead: Ints, refused: Bools, rng: np.random.Generator) -> Ints:
    """Why sales refused, -1 where it did not."""
    drawn = rng.choice((NOT_A_FIT, NO_BUDGET, BAD_DATA, NO_RESPONSE), len(lead), p=(0.36, 0.22, 0.12, 0.30))
    kind = people.kind[lead]
    drawn = np.where((kind == STUDENT) & (rng.random(len(lead)) < 0.85), STUDENT_REASON, drawn)
    return np.where(refused, np.where(kind == COMPETITOR, COMPETITOR_REASON, drawn), -1)


def _bypass(people: People, workable: Bools, rng: np.random.Generator) -> Mqls:
    """Deals that sales brought itself: converted without a marketing hand-off."""
    sourced = np.isin(people.channel, (OUTBOUND, REFERRAL, EVENT))
    share = np.where(sourced, 0.06, 0.006) * ndtr(people.fit)
    share = np.where((people.kind == COMPETITOR) | (people.kind == STUDENT) | ~workable, 0.0, share)
    lead = np.flatnonzero(rng.random(len(share)) < share)
    at = work_time(people.created_at[lead] + lognormal_days(20, 0.9, len(lead), rng), rng)
    never = np.full(len(lead), NEVER)
    zero = np.zeros(len(lead), dtype=np.int64)
    return Mqls(
        lead, zero, never, people.quality[lead], np.ones(len(lead)), never, at, at, never, zero - 1, never
    )
