"""What people do: the first touch, visits and forms, webinars. E-mail is in `mailing`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from orchestration.sample.campaigns import Campaigns
from orchestration.sample.mailing import mail
from orchestration.sample.people import DUPLICATE, MERGED, TEST, People
from orchestration.sample.vocabulary import CONTACT_US, DEMO, NEWSLETTER, PAGES, PRICING_PAGE, WHITEPAPERS
from orchestration.sample.world import (
    DAY,
    EVENT,
    ORGANIC,
    OUTBOUND,
    PAID_SEARCH,
    PAID_SOCIAL,
    REFERRAL,
    SYNDICATION,
    WEBINAR,
    Bools,
    Floats,
    Ints,
    World,
    human_time,
)

# Marketo activity types
VISIT, FORM, NEW_LEAD, DATA_VALUE, SCORE, MERGE, PROGRESSION = 1, 2, 12, 13, 22, 32, 104
REGISTERED, ATTENDED, VISITED_BOOTH = 0, 1, 2
WEBINARS_BEFORE = 0.16  # further webinars per person, median

# Points of the company's own cruder score, per form and for the rest.
FORM_POINTS = np.array([10, 10, 10, 5, 35, 50])
PRICING_POINTS, REGISTERED_POINTS, ATTENDED_POINTS, BOOTH_POINTS = 10, 10, 15, 15


@dataclass
class Log:
    """Activities as columns.

    lead: index in the chunk; asset and extra depend on the kind; detail: here the points of the own score.
    """

    parts: list[tuple[Ints, ...]] = field(default_factory=list)

    def add(
        self,
        lead: Ints,
        at: Ints,
        kind: Ints | int,
        asset: Ints | int = 0,
        extra: Ints | int = 0,
        detail: Ints | int = 0,
    ) -> None:
        shape = lead.shape
        self.parts.append(
            (
                lead,
                at,
                *(np.broadcast_to(np.asarray(v, np.int64), shape) for v in (kind, asset, extra, detail)),
            )
        )

    def sorted(self, end: int) -> Activities:
        """All activities before `end`, by lead and time; ties in the order they were added."""
        lead, at, kind, asset, extra, detail = (
            np.concatenate(column) for column in zip(*self.parts, strict=True)
        )
        keep = np.flatnonzero(at < end)
        order = keep[np.lexsort((at[keep], lead[keep]))]
        return Activities(lead[order], at[order], kind[order], asset[order], extra[order], detail[order])


@dataclass(frozen=True)
class Activities:
    """Activities of one chunk sorted by lead and time, arrays of shape (activities,)."""

    lead: Ints
    at: Ints
    kind: Ints
    asset: Ints
    extra: Ints
    detail: Ints


def engage(world: World, people: People, campaigns: Campaigns, rng: np.random.Generator) -> Log:
    """Everything the people of a chunk do, as if the world had no end; Log.sorted cuts it."""
    log = Log()
    everyone = np.flatnonzero(people.in_marketo)
    # A record made by a form or a list import appears in Marketo a few seconds before the synchronised CRM
    # lead.
    log.add(everyone, people.created_at[everyone] - 5, NEW_LEAD)
    log.add(*_first_touch(people, rng))
    _program_touch(people, campaigns, log, rng)
    active = people.in_marketo & ~np.isin(people.kind, (DUPLICATE, MERGED, TEST))
    _visits(people, active, log, rng)
    _webinars(people, campaigns, active, log, rng)
    mail(people, active, log, rng)
    return log


def _form(intent: Floats, demo_shift: Floats | float, rng: np.random.Generator) -> Ints:
    """Which form somebody fills out: the stronger the intent, the more often a demo request."""
    u = rng.random(intent.shape)
    demo = 0.9 * ndtr(-1.9 + 0.95 * intent + demo_shift)
    contact, newsletter = 0.35 * demo, 0.12
    paper = rng.integers(0, WHITEPAPERS, intent.shape)
    form = np.where(u < demo, DEMO, np.where(u < demo + contact, CONTACT_US, paper))
    return np.where(u > 1 - newsletter * (1 - demo), NEWSLETTER, form)


def _first_touch(people: People, rng: np.random.Generator) -> tuple[Ints, Ints, int, Ints, int, Ints]:
    """The form that made the lead, for the channels that bring people to the website."""
    web = np.isin(people.channel, (ORGANIC, PAID_SEARCH, PAID_SOCIAL, REFERRAL))
    syndicated = (people.channel == SYNDICATION) & (rng.random(len(web)) < 0.7)
    mine = np.flatnonzero((web | syndicated) & people.in_marketo)
    shift = np.where(people.channel == REFERRAL, 0.5, np.where(people.channel == PAID_SOCIAL, -0.3, 0.0))[
        mine
    ]
    form = _form(people.intent[mine], shift, rng)
    form = np.where(syndicated[mine], rng.integers(0, WHITEPAPERS, len(mine)), form)
    return mine, people.created_at[mine] - 2, FORM, form, 0, FORM_POINTS[form]


def _program_touch(people: People, campaigns: Campaigns, log: Log, rng: np.random.Generator) -> None:
    """The registration or booth visit that made the lead."""
    registered = np.flatnonzero((people.channel == WEBINAR) & (people.campaign >= 0) & people.in_marketo)
    campaign = people.campaign[registered]
    log.add(
        registered, people.created_at[registered] - 2, PROGRESSION, campaign, REGISTERED, REGISTERED_POINTS
    )
    _attend(people, campaigns, registered, campaign, log, rng)
    booth = np.flatnonzero((people.channel == EVENT) & (people.campaign >= 0) & people.in_marketo)
    log.add(
        booth, people.created_at[booth] - 2, PROGRESSION, people.campaign[booth], VISITED_BOOTH, BOOTH_POINTS
    )


def _attend(
    people: People, campaigns: Campaigns, lead: Ints, campaign: Ints, log: Log, rng: np.random.Generator
) -> None:
    shows = rng.random(len(lead)) < ndtr(-0.25 + 0.45 * people.intent[lead])
    at = campaigns.starts[campaign] + rng.integers(60, 1500, len(lead))
    shows &= at > people.created_at[lead]
    log.add(lead[shows], at[shows], PROGRESSION, campaign[shows], ATTENDED, ATTENDED_POINTS)


def _visits(people: People, active: Bools, log: Log, rng: np.random.Generator) -> None:
    """Sessions on the website in one or two waves of interest; heavy tailed, driven by intent."""
    n = len(people.row)
    cold = np.isin(people.channel, (OUTBOUND, EVENT, SYNDICATION))
    mean = np.exp(-0.05 + 0.85 * people.intent - 0.3 * cold) * active
    sessions = rng.poisson(np.minimum(mean, 60))
    lead = np.repeat(np.arange(n), sessions)
    wave = (rng.random(n) < 0.40)[lead] & (rng.random(len(lead)) < 0.45)
    second = rng.uniform(60, 260, n)[lead] * DAY * wave
    start = people.created_at[lead]
    at = human_time(
        start + second.astype(np.int64) + rng.exponential(16 * DAY, len(lead)).astype(np.int64), start, rng
    )
    intent = people.intent[lead]

    pages = 1 + rng.poisson(0.9, len(lead))
    view, page_at = np.repeat(np.arange(len(lead)), pages), np.repeat(at, pages)
    first = np.concatenate(([0], np.cumsum(pages)[:-1])) if len(lead) else np.zeros(0, np.int64)
    page_at = page_at + (np.arange(len(view)) - np.repeat(first, pages)) * rng.integers(20, 180, len(view))
    page = rng.integers(0, len(PAGES) - 1, len(view))
    page = np.where(rng.random(len(view)) < ndtr(-1.8 + 0.75 * intent[view]), PRICING_PAGE, page)
    log.add(lead[view], page_at, VISIT, page, 0, np.where(page == PRICING_PAGE, PRICING_POINTS, 0))

    fills = rng.random(len(lead)) < ndtr(-1.1 + 0.35 * intent)
    form = _form(intent[fills], -0.1, rng)
    log.add(lead[fills], at[fills] + rng.integers(200, 600, len(form)), FORM, form, 0, FORM_POINTS[form])


def _webinars(
    people: People, campaigns: Campaigns, active: Bools, log: Log, rng: np.random.Generator
) -> None:
    """Registrations of known people for a coming webinar, and who then attends."""
    programs = campaigns.webinars
    held = campaigns.starts[programs]
    count = rng.poisson(np.minimum(WEBINARS_BEFORE * np.exp(0.6 * people.intent), 3)) * active
    lead = np.repeat(np.arange(len(count)), count)
    wanted = people.created_at[lead] + rng.exponential(35 * DAY, len(lead)).astype(np.int64)
    place = np.searchsorted(held, wanted)
    possible = place < len(held)
    lead, wanted, program = lead[possible], wanted[possible], programs[place[possible]]
    fresh = program != people.campaign[lead]
    # One registration per person and webinar.
    _, unique = np.unique(lead * (len(campaigns.names) + 1) + program, return_index=True)
    chosen = np.zeros(len(lead), dtype=bool)
    chosen[unique] = True
    chosen &= fresh
    lead, wanted, program = lead[chosen], wanted[chosen], program[chosen]
    start = people.created_at[lead]
    at = np.maximum(
        campaigns.starts[program] - rng.integers(DAY // 2, 9 * DAY, len(lead)),
        start + rng.integers(60, 7200, len(lead)),
    )
    at = np.minimum(at, campaigns.starts[program] - 30)
    ok = at > start
    log.add(lead[ok], at[ok], PROGRESSION, program[ok], REGISTERED, REGISTERED_POINTS)
    _attend(people, campaigns, lead[ok], program[ok], log, rng)
