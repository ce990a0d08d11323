"""E-mail: nurture tracks and digests, opens, clicks, security scanners, bounces, unsubscribes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from orchestration.sample.people import People
from orchestration.sample.vocabulary import EMAILS, LINKS
from orchestration.sample.world import DAY, NEVER, Bools, Ints

if TYPE_CHECKING:
    from orchestration.sample.engagement import Log

SEND, DELIVERED, BOUNCED, UNSUBSCRIBED, OPEN, CLICK = 6, 7, 8, 9, 10, 11
CLICK_POINTS = 10
NURTURE_DAYS = np.array([1, 5, 10, 17, 26, 38, 52, 70, 110, 170])  # after creation, one per e-mail


def mail(people: People, active: Bools, log: Log, rng: np.random.Generator) -> None:
    """Mailings of every active person until they end, bounce or unsubscribe, and the reactions to them."""
    n = len(people.row)
    length = np.minimum(rng.geometric(1 / 6.5, n), len(EMAILS)) * active
    lead = np.repeat(np.arange(n), length)
    number = np.arange(len(lead)) - np.repeat(np.cumsum(length) - length, length)
    day = people.created_at[lead] // DAY + NURTURE_DAYS[number]
    weekday = (day + 3) % 7
    day = day + np.where(weekday >= 5, 7 - weekday, 0)
    at = day * DAY + 9 * 3600 + rng.integers(0, 3 * 3600, len(lead))

    # Hard bounces happen at the first e-mail or never: the address was wrong from the start.
    bounced = (rng.random(n) < 0.02)[lead]
    opens = ~bounced & (rng.random(len(lead)) < ndtr(-0.75 + 0.6 * people.intent[lead]))
    opened_at = at + 60 + (3 * 3600 * np.exp(1.3 * rng.standard_normal(len(lead)))).astype(np.int64)
    leaves = opens & (rng.random(len(lead)) < 0.012)
    left_at = np.full(n, NEVER)
    np.minimum.at(left_at, lead[leaves], opened_at[leaves] + 90)
    sent = (at <= left_at[lead]) & ~(bounced & (number > 0))
    lead, number, at, opened_at = lead[sent], number[sent], at[sent], opened_at[sent]
    bounced, opens, leaves = bounced[sent], opens[sent], leaves[sent]

    log.add(lead, at, SEND, number)
    delivered_at = at + rng.integers(1, 40, len(lead))
    log.add(lead[~bounced], delivered_at[~bounced], DELIVERED, number[~bounced])
    log.add(lead[bounced], delivered_at[bounced], BOUNCED, number[bounced])
    log.add(lead[opens], opened_at[opens], OPEN, number[opens])
    clicks = opens & (rng.random(len(lead)) < ndtr(-1.15 + 0.6 * people.intent[lead]))
    clicked_at = opened_at + rng.integers(8, 240, len(lead))
    log.add(
        lead[clicks],
        clicked_at[clicks],
        CLICK,
        number[clicks],
        rng.integers(0, len(LINKS), int(clicks.sum())),
        CLICK_POINTS,
    )
    # Only the first unsubscribe is one.
    leaves &= opened_at + 90 == left_at[lead]
    log.add(lead[leaves], opened_at[leaves] + 90, UNSUBSCRIBED, number[leaves])
    _scan(lead, delivered_at, number, people.scans_mail[lead] & ~bounced, log, rng)


def _scan(
    lead: Ints, delivered_at: Ints, number: Ints, scanned: Bools, log: Log, rng: np.random.Generator
) -> None:
    """Mail gateways of some companies open a message within seconds and follow every link in it."""
    hit = scanned & (rng.random(len(lead)) < 0.45)
    opened_at = delivered_at + rng.integers(1, 5, len(lead))
    log.add(lead[hit], opened_at[hit], OPEN, number[hit])
    follows = np.flatnonzero(hit & (rng.random(len(lead)) < 0.6))
    for link in range(len(LINKS)):
        # The company's own score is fooled by these clicks, like many a real one: a little.
        points = CLICK_POINTS // 2 if link == 0 else 0
        log.add(lead[follows], opened_at[follows] + 1 + link // 2, CLICK, number[follows], link, points)
