"""The backtest: sample worlds and the site's history, as one result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pandas as pd

from orchestration.backtest.history import Site, replay, site_score
from orchestration.backtest.walk import NAMES, Score, Walk, score, walk_worlds
from orchestration.backtest.worlds import REGIMES, plans
from orchestration.settings import Settings

FIRST_SEED = 5000  # the method was tuned on worlds 1000 to 1999 only


@dataclass(frozen=True)
class Backtest:
    """walks: of every policy in every sample world; site: the published history."""

    walks: tuple[Walk, ...]
    site: Site
    settings: Settings

    def of(self, policy: str, **wanted: Any) -> list[Walk]:
        """The walks of a policy in the worlds whose plan has these values."""
        return [
            walk
            for walk in self.walks
            if walk.policy == policy
            and all(getattr(walk.plan, name) == value for name, value in wanted.items())
        ]

    def scores(self, **wanted: Any) -> dict[str, Score]:
        """Per policy, over the worlds whose plan has these values; empty without such worlds."""
        found = {name: self.of(name, **wanted) for name in NAMES}
        return {name: score(walks, self.settings) for name, walks in found.items() if walks}

    def site_policies(self) -> dict[str, Any]:
        names = dict.fromkeys(period.policy for period in self.site.periods)
        return {
            name: site_score([period for period in self.site.periods if period.policy == name])
            for name in names
        }

    def as_json(self) -> dict[str, Any]:
        """`policies` over all sample worlds; the same by kind of world; the site."""
        kinds = [
            {"leads_per_week": size, "moving_scores": moving, "regime": regime, "policies": _plain(found)}
            for size in sorted({walk.plan.leads_per_week for walk in self.walks}, reverse=True)
            for moving in (False, True)
            for regime in REGIMES
            if (found := self.scores(leads_per_week=size, moving=moving, regime=regime))
        ]
        return {
            "policies": _plain(self.scores()),
            "worlds": kinds,
            "site": {"why_not": self.site.why_not, "policies": _plain(self.site_policies())},
        }


def _plain(scores: dict[str, Any]) -> dict[str, Any]:
    return {name: asdict(found) for name, found in scores.items()}


def backtest(
    marts: duckdb.DuckDBPyConnection,
    as_of: pd.Timestamp,
    settings: Settings,
    *,
    worlds: int,
    workers: int,
    sizes: Sequence[int] = (400, 100),
    progress: Callable[[int, int], None] = lambda done, planned: None,
) -> Backtest:
    """Replay the marts as known before `as_of` (UTC, exclusive), then walk `worlds` sample worlds of each
    kind: leads a week x fixed or moving scores x regime.

    Sample worlds are judged by the shipped band, because they are built around it, with the calibration's
    own settings in effect. progress is told how many worlds are done, and of how many.
    """
    site = replay(marts, as_of, settings)
    of_worlds = Settings(calibration=settings.calibration)
    planned = plans(range(FIRST_SEED, FIRST_SEED + worlds), sizes=tuple(sizes))
    walks: list[Walk] = []
    progress(0, len(planned))
    for done, found in enumerate(walk_worlds(planned, NAMES, of_worlds, workers=workers), start=1):
        walks += found
        progress(done, len(planned))
    return Backtest(tuple(walks), site, of_worlds)
