"""When people arrive, and through which channel and campaign."""

from __future__ import annotations

import numpy as np

from orchestration.sample.campaigns import Campaigns, growth
from orchestration.sample.world import (
    CHANNELS,
    DAY,
    EVENT,
    START,
    WEBINAR,
    WEEK,
    Ints,
    World,
    human_time,
)


def arrivals(world: World, n: int, rng: np.random.Generator) -> Ints:
    """Creation times by week of the world (growth, season), then weekday and hour."""
    weekly = growth(START + np.arange(world.weeks) * WEEK + WEEK // 2)
    week = np.searchsorted(np.cumsum(weekly) / weekly.sum(), rng.random(n))
    day = rng.choice(7, n, p=(0.19, 0.21, 0.20, 0.18, 0.14, 0.04, 0.04))
    return (
        START + week * WEEK + day * DAY + (np.clip(rng.normal(13, 3.2, n), 0.2, 23.8) * 3600).astype(np.int64)
    )


def sources(
    world: World, campaigns: Campaigns, at: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Channel, campaign and creation time: running campaigns by weight; dated ones gather people around
    their date.
    """
    n = at.shape[0]
    shares = np.array([channel.share for channel in CHANNELS])
    channel: Ints = np.asarray(rng.choice(len(CHANNELS), n, p=shares / shares.sum()), dtype=np.int64)
    campaign: Ints = np.full(n, -1)
    at = at.copy()
    for number in range(len(CHANNELS)):
        options = campaigns.of_channel(number)
        mine = np.flatnonzero(channel == number)
        if not len(options) or not len(mine):
            continue
        weight = np.broadcast_to(campaigns.weight[options], (len(mine), len(options)))
        if number not in (WEBINAR, EVENT):
            running = (campaigns.starts[options] <= at[mine, None]) & (
                at[mine, None] < campaigns.ends[options]
            )
            weight = weight * running
        edges = np.cumsum(weight, axis=1)
        slot = (edges < rng.random((len(mine), 1)) * edges[:, -1:]).sum(axis=1)
        campaign[mine] = options[slot]
        if number in (WEBINAR, EVENT):
            held = campaigns.starts[campaign[mine]]
            lead_time = rng.exponential(6 * DAY, len(mine)).astype(np.int64)
            moved = (
                human_time(held - lead_time - DAY, held - 40 * DAY, rng)
                if number == WEBINAR
                else held + lead_time // 12
            )
            at[mine] = np.clip(moved, START + rng.integers(600, 3 * DAY, len(mine)), world.end - 60)
    return channel, campaign, at
