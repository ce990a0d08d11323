"""A made-up published file: 78 weeks, 8 channels, 40 campaigns, with known rates and delays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

CHANNELS = (
    "organic_search", "paid_search", "paid_social", "webinar", "content", "email", "events", "partner",
)  # fmt: skip
SHARES = (0.26, 0.2, 0.15, 0.13, 0.1, 0.08, 0.05, 0.03)
AS_OF = date(2026, 4, 29)


@dataclass(frozen=True)
class World:
    """What to make up. Campaign effects are on the logit of the MQL -> SQL rate."""

    weeks: int = 78
    per_week: float = 230
    as_of: date = AS_OF
    seed: int = 7
    base: float = -1.55
    channel_effects: tuple[float, ...] = (0.1, 0.0, -0.35, 0.3, -0.1, 0.0, 0.25, 0.5)
    campaign_effects: tuple[tuple[int, float], ...] = ((3, 0.9), (11, -1.1))
    names: tuple[str, ...] = ()
    hands_over: bool = True


def _episodes(world: World) -> pd.DataFrame:
    rng = np.random.default_rng(world.seed)
    last = world.as_of - timedelta(days=world.as_of.weekday())
    first = last - timedelta(weeks=world.weeks - 1)
    n = int(rng.poisson(world.per_week * world.weeks)) if world.weeks > 1 else int(world.per_week)
    start = np.datetime64(first) + (rng.random(n) * world.weeks * 7 * 86_400).astype("timedelta64[s]")
    channel = rng.choice(len(CHANNELS), n, p=SHARES)
    campaign = rng.choice(5, n, p=(0.45, 0.3, 0.18, 0.05, 0.02)) + 5 * channel
    effect = np.zeros(40)
    for which, size in world.campaign_effects:
        effect[which] = size
    is_path = rng.random(n) < 0.08
    logit = world.base + np.array(world.channel_effects)[channel] + effect[campaign] + 1.6 * is_path
    is_sql = rng.random(n) < 1 / (1 + np.exp(-logit))
    delay = np.minimum(rng.lognormal(np.log(18), 0.8, n), 89.0)
    end = np.datetime64(world.as_of + timedelta(days=1))
    days = (delay * 86_400).astype("timedelta64[s]")
    frame = pd.DataFrame(
        {
            "mql_episode_id": [f"l_{i:06d}-1" for i in range(n)],
            "channel": np.array(CHANNELS)[channel],
            "campaign_id": [
                f"c{i:02d}" if u < 0.9 else "(none)" for i, u in zip(campaign, rng.random(n), strict=True)
            ],
            "qualified_by": np.where(is_path, "path:demo", "score"),
            "mql_at": start,
            "fate": np.where(
                is_sql, "sql", rng.choice(["disqualified", "recycled", "expired"], n, p=(0.5, 0.3, 0.2))
            ),
            "fate_at": start + days,
            "is_explored": rng.random(n) < 0.03,
            "won": rng.random(n) < 0.22,
        }
    )
    return frame[frame.mql_at < end].reset_index(drop=True)


@dataclass(frozen=True)
class Published:
    """An in-memory published file and the settings of its world."""

    connection: duckdb.DuckDBPyConnection
    world: World


def _build(world: World) -> Published:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.register("made", _episodes(world))
    for statement in (Path(__file__).parent / "published.sql").read_text().split(";"):
        if statement.strip():
            connection.execute(statement.replace("{as_of}", world.as_of.isoformat()))
    connection.unregister("made")
    names = world.names or tuple(
        f"{CHANNELS[i // 5].replace('_', ' ').title()} {i % 5 + 1}" for i in range(40)
    )
    for i, label in enumerate(names):
        row = [f"c{i:02d}", label, "Program", CHANNELS[i // 5], 1000.0 * (i % 7 + 1)]
        connection.execute("insert into marts.dim_campaigns values (?, ?, ?, ?, ?)", row)
    if not world.hands_over:
        connection.execute("update marts.fct_mql_episodes set handed_off_at = null")
    return Published(connection, world)


@pytest.fixture
def publish() -> Callable[..., Published]:
    """Makes a published file; keyword arguments as in World."""
    return lambda **changes: _build(World(**changes))


@pytest.fixture(scope="session")
def ordinary() -> Published:
    """The usual world, built once; tests that change tables make their own."""
    return _build(World())
