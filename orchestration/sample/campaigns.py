"""The campaigns of a world: about 40, of very different size and quality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample import vocabulary
from orchestration.sample.world import CHANNELS, DAY, EVENT, START, WEBINAR, WEEK, Floats, Ints, World

EMAIL_CAMPAIGNS = 3  # nurture campaigns: they source nobody, but have members


@dataclass(frozen=True)
class Campaigns:
    """One entry per campaign, all arrays of shape (campaigns,).

    starts/ends in seconds; dated ones happen at `starts`.
    """

    names: list[str]
    types: list[str]
    channel: Ints  # -1: sources no leads
    starts: Ints
    ends: Ints
    weight: Floats  # relative number of leads within the channel
    effect: Floats  # shift of its people's intent, standard deviations
    budget: Floats
    cost: Floats

    def of_channel(self, channel: int) -> Ints:
        return np.flatnonzero(self.channel == channel)

    @property
    def webinars(self) -> Ints:
        """Webinar campaigns in order of their date."""
        found = self.of_channel(WEBINAR)
        return found[np.argsort(self.starts[found], kind="stable")]


def growth(at: Ints | Floats) -> Floats:
    """Relative number of new leads at an instant: about +40 % a year, a summer dip and a quiet year end."""
    week = (np.asarray(at, dtype=np.float64) - START) / WEEK
    season = 1 + 0.10 * np.cos(2 * np.pi * (week - 8) / 26)
    year_week = week % 52.18
    quiet = np.where((year_week > 50) | (year_week < 0.5), 0.5, 1.0)
    return np.asarray(np.exp(0.0065 * week) * season * quiet, dtype=np.float64)


def make_campaigns(world: World) -> Campaigns:
    """Campaigns of every channel: power-law sizes; webinars and conferences are dated, the others run
    for a while.
    """
    rng = world.rng("campaign")
    names: list[str] = []
    types: list[str] = []
    rows: list[tuple[int, int, int, float, float]] = []
    span = world.weeks * WEEK
    for number, channel in enumerate(CHANNELS):
        for rank in range(channel.campaigns):
            assert channel.campaign_type is not None
            topic = vocabulary.TOPICS[(rank * 5 + number) % len(vocabulary.TOPICS)]
            names.append(f"{channel.campaign_type} - {topic}" + (f" {rank + 1}" if number != WEBINAR else ""))
            types.append(channel.campaign_type)
            if number in (WEBINAR, EVENT):
                place = (rank + 0.35 + 0.3 * rng.random()) / channel.campaigns
                day = (START + int(place * span)) // DAY
                day += (1 - (day + 3) % 7) % 7  # a Tuesday
                starts = day * DAY + 15 * 3600
                starts = starts if starts < world.end - DAY else starts - WEEK
                ends = starts + (3600 if number == WEBINAR else 2 * DAY)
            else:
                # The first campaign of a channel always runs, so that no instant is without one.
                starts = START if rank == 0 else START + int(span * 0.7 * rng.random())
                ends = (
                    world.end
                    if rank == 0
                    else min(world.end, starts + int(span * (0.25 + 0.3 * rng.random())))
                )
            weight = (rank + 1) ** -1.3 * float(np.exp(0.3 * rng.standard_normal()))
            rows.append((number, starts, ends, weight, 0.25 * float(rng.standard_normal())))
    for rank in range(EMAIL_CAMPAIGNS):
        names.append(f"Email - {vocabulary.TOPICS[rank]} nurture")
        types.append("Email")
        rows.append((-1, START + rank * span // 4, world.end, 0.0, 0.0))
    channel_of, starts_at, ends_at, weights, effects = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    # Growth reaches dated campaigns through their weight: a later webinar draws more people.
    dated = np.isin(channel_of, (WEBINAR, EVENT))
    weights = np.where(dated, weights * growth(starts_at), weights)
    volume = world.leads * 0.1 * weights / max(float(weights.max()), 1e-9)
    budget = np.round((500 + volume * np.exp(3.2 + 0.4 * rng.standard_normal(len(rows)))) / 100) * 100
    cost = np.round(budget * (0.85 + 0.3 * rng.random(len(rows))), 2)
    return Campaigns(
        names, types, channel_of.astype(np.int64), starts_at.astype(np.int64), ends_at.astype(np.int64),
        weights.astype(np.float64), effects.astype(np.float64), budget, cost,
    )  # fmt: skip
