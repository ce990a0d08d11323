"""The intervals of small campaigns hold the truth as often as they say, over many worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.shrinkage.job import small_campaigns

from .funnel_worlds import make_world

SPREADS = [(0.4, 0.3), (0.0, 0.0), (0.7, 0.7)]


def judged(worlds: int, channels: float, campaigns: float, seed: int) -> pd.DataFrame:
    """The tables of many worlds with the true rate of each row."""
    tables = []
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        world = make_world(rng, spread_of_channels=channels, spread_of_campaigns=campaigns)
        table = small_campaigns(world.counts, history_days=364, min_completeness=0.15)
        keys = zip(table["channel"], table["campaign_id"], strict=True)
        tables.append(table.assign(truth=[world.rates[key] for key in keys]))
    table = pd.concat(tables, ignore_index=True)
    return table.assign(
        covered=(table["shrunken_low"] <= table["truth"]) & (table["truth"] <= table["shrunken_high"])
    )


def check(table: pd.DataFrame, low: float, high: float) -> None:
    small = table[table["campaign_id"] != "(all)"]
    covered = small["covered"].mean()
    assert low <= covered <= high, covered
    shrunken = (small["rate_shrunken"] - small["truth"]).dropna()
    raw = (small["rate_expected"] - small["truth"]).dropna()
    assert abs(shrunken.mean()) < 0.02
    assert (shrunken**2).mean() < 0.5 * (raw**2).mean()


def test_shrunken_intervals_cover_as_they_say() -> None:
    """Fewer worlds than below, so wider limits; all spreads together."""
    tables = [judged(4, *spreads, seed=number) for number, spreads in enumerate(SPREADS)]
    check(pd.concat(tables), 0.84, 0.97)


@pytest.mark.long
@pytest.mark.parametrize("spreads", SPREADS)
def test_shrunken_intervals_cover_87_to_94_percent(spreads: tuple[float, float]) -> None:
    """More where nothing differs at all, which is not taken for granted (docs/forecast.md)."""
    table = judged(200, *spreads, seed=99)
    most = 0.94 if spreads != (0.0, 0.0) else 0.995
    check(table, 0.87, most)
    wide = table[table["campaign_id"] == "(all)"]
    assert 0.87 <= wide["covered"].mean() <= most
