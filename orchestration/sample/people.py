"""People: hidden fit and intent, and the attributes they lead to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from orchestration.sample.campaigns import Campaigns
from orchestration.sample.companies import Companies
from orchestration.sample.sources import arrivals, sources
from orchestration.sample.vocabulary import FIRST_NAMES, LAST_NAMES, TITLES
from orchestration.sample.world import (
    CHANNELS,
    DAY,
    EVENT,
    WEBINAR,
    Bools,
    Floats,
    Ints,
    World,
    human_time,
)

MISSING = -1
REGULAR, DUPLICATE, MERGED, TEST, COMPETITOR, STUDENT = range(6)
KIND_SHARES = (0.918, 0.015, 0.012, 0.005, 0.010, 0.040)
TITLE, EMPLOYEES, INDUSTRY, COUNTRY = 1, 2, 3, 4  # fields that get corrected later
# What two records of one human have in common.
SHARED = (
    "company", "first", "last", "title", "employees", "industry", "country", "free_mail", "scans_mail",
    "fit", "quality",
)  # fmt: skip
MISSING_SHARE = {TITLE: 0.08, EMPLOYEES: 0.14, INDUSTRY: 0.12, COUNTRY: 0.06}


@dataclass
class People:
    """Lead records, arrays of shape (people,).

    MISSING marks an unknown attribute, -1 no campaign or original.
    """

    row: Ints
    kind: Ints
    original: Ints  # row of the record this one duplicates
    merged_at: Ints  # when that was cleaned up; 0 = never
    channel: Ints
    campaign: Ints
    created_at: Ints
    fit: Floats
    intent: Floats
    quality: Floats
    company: Ints
    first: Ints
    last: Ints
    title: Ints
    employees: Ints
    industry: Ints
    country: Ints
    free_mail: Ints  # index of the free-mail domain, -1 = the company's own
    scans_mail: Bools
    blank_source: Bools
    in_marketo: Bools
    linked: Bools  # Marketo knows the Salesforce id
    change_field: Ints  # 0 none, else TITLE, EMPLOYEES, INDUSTRY, COUNTRY
    change_at: Ints
    change_old: Ints


def _title(seniority: Ints, rng: np.random.Generator) -> Ints:
    """A title of the given seniority."""
    levels = np.array([level for _, level in TITLES])
    first = np.searchsorted(levels, seniority)
    count = np.searchsorted(levels, seniority, side="right") - first
    return first + (rng.random(seniority.shape) * count).astype(np.int64)


def make_people(
    world: World, companies: Companies, campaigns: Campaigns, first_row: int, n: int, rng: np.random.Generator
) -> People:
    """The lead records `first_row` … `first_row + n - 1`."""
    kind = rng.choice(len(KIND_SHARES), n, p=KIND_SHARES)
    channel, campaign, created_at = sources(world, campaigns, arrivals(world, n, rng), rng)
    pull = np.array([c.pull for c in CHANNELS])[channel]
    effect = np.where(campaign >= 0, campaigns.effect[campaign], 0.0)
    company = np.searchsorted(companies.weight, rng.random(n))
    own = rng.standard_normal(n) + pull - 1.5 * (kind == STUDENT)
    fit = 0.7 * companies.fit[company] + 0.7 * own
    intent = rng.standard_normal(n) + pull + effect - 0.3 * (kind == STUDENT)
    seniority = np.digitize(0.98 * own + 0.2 * rng.standard_normal(n), (-0.3, 0.5, 1.1, 1.6))
    seniority = np.where(kind == STUDENT, 5, seniority)
    free = (rng.random(n) < ndtr(-1.4 - 0.5 * fit)) | ((kind == STUDENT) & (rng.random(n) < 0.7))
    people = People(
        row=np.arange(first_row, first_row + n),
        kind=kind,
        original=np.full(n, -1),
        merged_at=np.zeros(n, dtype=np.int64),
        channel=channel,
        campaign=campaign,
        created_at=created_at,
        fit=fit,
        intent=intent,
        quality=0.7 * fit + 0.7 * intent,
        company=company,
        first=rng.integers(0, len(FIRST_NAMES), n),
        last=rng.integers(0, len(LAST_NAMES), n),
        title=_title(seniority, rng),
        employees=companies.employees[company],
        industry=companies.industry[company],
        country=companies.country[company],
        free_mail=np.where(free & (kind != TEST) & (kind != COMPETITOR), rng.integers(0, 3, n), -1),
        scans_mail=companies.scans_mail[company] & ~free,
        blank_source=rng.random(n) < 0.04,
        in_marketo=(rng.random(n) > 0.02) | (kind != REGULAR),
        linked=rng.random(n) > 0.03,
        change_field=np.zeros(n, dtype=np.int64),
        change_at=np.zeros(n, dtype=np.int64),
        change_old=np.full(n, MISSING),
    )
    _duplicate(world, people, rng)
    _lose_and_correct(world, people, rng)
    return people


def _duplicate(world: World, people: People, rng: np.random.Generator) -> None:
    """Second records of people who are here already, some merged later; originals are regular records of
    this chunk.
    """
    copies = np.flatnonzero((people.kind == DUPLICATE) | (people.kind == MERGED))
    regular = np.flatnonzero(people.kind == REGULAR)
    of = regular[rng.integers(0, len(regular), len(copies))]
    created = people.created_at[of] + rng.exponential(45 * DAY, len(copies)).astype(np.int64) + 3600
    fits = created < world.end - DAY
    people.kind[copies[~fits]] = REGULAR
    copies, of, created = copies[fits], of[fits], created[fits]
    people.original[copies] = people.row[of]
    people.created_at[copies] = human_time(created, people.created_at[of] + 3600, rng).clip(
        max=world.end - 3600
    )
    dated = np.isin(people.channel[copies], (WEBINAR, EVENT))  # their campaign's date no longer fits
    people.campaign[copies[dated]] = -1
    for name in SHARED:
        column = getattr(people, name)
        column[copies] = column[of]
    people.in_marketo[of] = True
    people.linked[of] = True
    merged_at = people.created_at[copies] + rng.exponential(20 * DAY, len(copies)).astype(np.int64) + 7200
    merges = (people.kind[copies] == MERGED) & (merged_at < world.end)
    people.kind[copies] = np.where(merges, MERGED, DUPLICATE)
    people.merged_at[copies] = np.where(merges, merged_at, 0)


def _lose_and_correct(world: World, people: People, rng: np.random.Generator) -> None:
    """Leave attributes blank here and there; for others the first value was missing or wrong and is
    corrected later.
    """
    n = len(people.row)
    columns = {
        TITLE: people.title,
        EMPLOYEES: people.employees,
        INDUSTRY: people.industry,
        COUNTRY: people.country,
    }
    at = people.created_at + rng.exponential(40 * DAY, n).astype(np.int64) + DAY
    changes = (rng.random(n) < 0.06) & (at < world.end) & (people.original < 0)
    people.change_field[:] = np.where(
        changes, rng.choice((TITLE, EMPLOYEES, INDUSTRY, COUNTRY), n, p=(0.4, 0.3, 0.2, 0.1)), 0
    )
    people.change_at[:] = np.where(changes, at, 0)
    was_missing = rng.random(n) < 0.5
    for field, column in columns.items():
        changed = people.change_field == field
        # A permuted value is wrong but plausible; where it happens to be right, it was missing instead.
        wrong = rng.permutation(column)
        people.change_old[changed] = np.where(was_missing | (wrong == column), MISSING, wrong)[changed]
        column[(rng.random(n) < MISSING_SHARE[field]) & ~changed] = MISSING
