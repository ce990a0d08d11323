"""Checks of mart_small_campaigns: each returns its failures as sentences, none where all is well."""

from __future__ import annotations

import pandas as pd

KEY = ["step", "channel", "campaign_id"]
RATES = {
    "rate_expected": ("expected_low", "expected_high"),
    "rate_shrunken": ("shrunken_low", "shrunken_high"),
}


def _failures(table: pd.DataFrame, bad: pd.Series, what: str) -> list[str]:
    if not bad.any():
        return []
    first = table[bad].iloc[0]
    where = f"step {first['step']}, channel {first['channel']}, campaign {first['campaign_id']}"
    return [f"{what}: {int(bad.sum())} rows of mart_small_campaigns, first: {where}"]


def campaigns_are_unique(table: pd.DataFrame) -> list[str]:
    """One row per step, channel and campaign."""
    return _failures(
        table, table.duplicated(KEY) | table[KEY].isna().any(axis=1), "A key is there twice or empty"
    )


def campaign_rates_are_shares(table: pd.DataFrame) -> list[str]:
    """Every rate lies in its interval, that in [0, 1]; all three are null, or none."""
    failures = []
    for rate, (low, high) in RATES.items():
        known = table[[rate, low, high]].notna()
        ordered = (table[low] >= 0) & (table[low] <= table[rate]) & (table[rate] <= table[high])
        bad = known.any(axis=1) & ~(known.all(axis=1) & ordered & (table[high] <= 1))
        failures += _failures(table, bad, f"{rate} is not in its interval, or that not in [0, 1]")
    return failures


def channels_are_the_sum_of_their_campaigns(table: pd.DataFrame) -> list[str]:
    """What entered and converted in the row of a channel did so in those of its campaigns."""
    is_channel = table["campaign_id"] == "(all)"
    by = ["step", "channel"]
    counts = ["entered", "converted", "matured"]
    totals = table[is_channel].set_index(by)[counts].sort_index()
    sums = table[~is_channel].groupby(by)[counts].sum().sort_index()
    if totals.equals(sums):
        return []
    return ["The campaigns of mart_small_campaigns do not add up to their channels"]


def differences_have_a_direction(table: pd.DataFrame) -> list[str]:
    """A campaign that differs is above or below, any other neither; only compared ones have a p value."""
    differs = table["differs_from_channel"].eq(True).fillna(False)
    compared = table["differs_from_channel"].notna()
    p_is_share = table["p_value"].between(0, 1)
    bad = (differs != table["direction"].notna()) | (compared != table["p_value"].notna())
    return _failures(table, bad | (compared & ~p_is_share), "A comparison contradicts itself")
