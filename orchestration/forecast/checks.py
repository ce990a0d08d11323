"""Checks of mart_forecast: each returns its failures as sentences, none where all is well."""

from __future__ import annotations

import numpy as np
import pandas as pd

KEY = ["forecast_on", "measure", "week"]
PARTS = ["expected_from_open", "expected_from_new", "expected_from_other"]
LEAST_JUDGED = 100
LEAST_HELD = 0.6


def _failures(table: pd.DataFrame, bad: pd.Series, what: str) -> list[str]:
    if not bad.any():
        return []
    first = table[bad].iloc[0]
    where = (
        f"{first['measure']} of week {first['week']:%Y-%m-%d}, forecast on {first['forecast_on']:%Y-%m-%d}"
    )
    return [f"{what}: {int(bad.sum())} rows of mart_forecast, first: {where}"]


def forecasts_are_unique(table: pd.DataFrame) -> list[str]:
    """One row per day of the forecast, measure and week."""
    return _failures(
        table, table.duplicated(KEY) | table[KEY].isna().any(axis=1), "A key is there twice or empty"
    )


def forecasts_have_ordered_intervals(table: pd.DataFrame) -> list[str]:
    """0 <= low <= high and expected >= 0; all three are null, with a reason, or none."""
    known = table[["expected", "low", "high"]].notna()
    good = (
        known.all(axis=1) & (table["low"] >= 0) & (table["low"] <= table["high"]) & (table["expected"] >= 0)
    )
    explained = ~known.any(axis=1) & table["reason"].notna()
    return _failures(table, ~((good & table["reason"].isna()) | explained), "An interval is out of order")


def forecast_parts_add_up(table: pd.DataFrame) -> list[str]:
    """Expected is what comes of open episodes, of new ones and of neither together."""
    known = table[table["expected"].notna()]
    gap = (known[PARTS].sum(axis=1, skipna=False) - known["expected"]).abs()
    return _failures(known, ~(gap <= 1e-9 * np.maximum(known["expected"], 1)), "Parts do not add up")


def past_forecasts_are_judged(table: pd.DataFrame) -> list[str]:
    """Weeks that are over say what came and whether the forecast held; coming ones do not."""
    judged = (table["kind"] == "past") & table["expected"].notna()
    bad = (table["is_inside"].notna() != judged) | (table["realised"].notna() != (table["kind"] == "past"))
    return _failures(table, bad, "What came is missing or too early")


def held(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Per measure: how many past forecasts of a week held what came, of how many."""
    past = table[table["is_inside"].notna()]
    found = (
        past.assign(inside=past["is_inside"].astype(bool)).groupby("measure")["inside"].agg(["sum", "size"])
    )
    return {str(measure): (int(row["sum"]), int(row["size"])) for measure, row in found.iterrows()}


def past_forecasts_held(table: pd.DataFrame) -> list[str]:
    """A warning, not a fault: past intervals held far less often than the 80 % they promise."""
    return [
        f"Past forecasts of {measure} held in {inside} of {judged} weeks, 80 % were promised"
        for measure, (inside, judged) in held(table).items()
        if judged >= LEAST_JUDGED and inside < LEAST_HELD * judged
    ]
