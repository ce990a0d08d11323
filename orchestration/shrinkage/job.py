"""mart_small_campaigns: channels and campaigns with rates that can be compared."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pandas as pd

from orchestration.calibration.exact import final_rate_interval
from orchestration.calibration.model import Flags
from orchestration.mart_tables import write_frame
from orchestration.settings import Settings
from orchestration.shrinkage.counts import STEPS, Units, campaigns, channels, read_counts
from orchestration.shrinkage.exact import FALSE_DISCOVERIES, exact_p_values, told_apart
from orchestration.shrinkage.model import Shrunken, shrink

TABLE = "mart_small_campaigns"
#: column -> DuckDB type; what they mean is in dbt_project/models/marts/estimates/_estimates__sources.yml
COLUMNS: dict[str, str] = {
    "as_of": "DATE",
    "step": "VARCHAR",
    "channel": "VARCHAR",
    "campaign_id": "VARCHAR",
    "basis": "VARCHAR",
    "entered": "BIGINT",
    "converted": "BIGINT",
    "matured": "BIGINT",
    "exposure": "DOUBLE",
    "completeness": "DOUBLE",
    "rate_expected": "DOUBLE",
    "expected_low": "DOUBLE",
    "expected_high": "DOUBLE",
    "rate_shrunken": "DOUBLE",
    "shrunken_low": "DOUBLE",
    "shrunken_high": "DOUBLE",
    "p_value": "DOUBLE",
    "differs_from_channel": "BOOLEAN",
    "direction": "VARCHAR",
    "reason": "VARCHAR",
}
_COUNTED = [column for column in COLUMNS if column != "as_of"]
MIN_CONVERSIONS = 10


def _rates(units: Units, shrunken: Shrunken | None, min_completeness: float) -> pd.DataFrame:
    """Everything but the comparison with the channel."""
    entered, exposure, seen = units.entered.sum(axis=1), units.exposure, units.seen
    judged = units.judged
    n = judged.entered.sum(axis=1)
    completeness = exposure / entered
    rate, low, high = final_rate_interval(seen, n, exposure / np.maximum(n, 1))
    visible = completeness >= min_completeness
    nothing = np.full(entered.size, np.nan)
    return units.names.assign(
        entered=entered.astype(np.int64),
        converted=seen.astype(np.int64),
        matured=units.entered[:, units.is_full].sum(axis=1).astype(np.int64),
        exposure=exposure,
        completeness=completeness,
        rate_expected=np.where(visible, rate, np.nan),
        expected_low=np.where(visible, low, np.nan),
        expected_high=np.where(visible, high, np.nan),
        rate_shrunken=shrunken.rate if shrunken else nothing,
        shrunken_low=shrunken.low if shrunken else nothing,
        shrunken_high=shrunken.high if shrunken else nothing,
        reason=np.where(visible, "", f"less than {min_completeness:.0%} of its conversions can be seen yet"),
    )


def _reasons(*parts: pd.Series) -> pd.Series:
    """The reasons that are there, joined; null without any."""
    joined = ["; ".join(part for part in row if part) for row in zip(*parts, strict=True)]
    return pd.Series([text or None for text in joined], dtype=object, index=parts[0].index)


def _compared(rows: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Campaigns with the test against the rest of their channel."""
    p, least = exact_p_values(units)
    others = np.bincount(units.group)[units.group] > 1
    testable: Flags = others & (least <= FALSE_DISCOVERIES)
    differs = told_apart(p, testable)
    group = pd.DataFrame({"k": units.seen, "e": units.exposure}).groupby(units.group).transform("sum")
    above = units.seen * (group["e"] - units.exposure) > (group["k"] - units.seen) * units.exposure
    why = np.select(
        [~others, ~testable],
        [
            "the only campaign of its channel",
            "too few to be told apart from its channel whatever they had done",
        ],
        "",
    )
    return rows.assign(
        p_value=np.where(others, p, np.nan),
        differs_from_channel=pd.Series(differs, dtype=object).where(others, None),
        direction=pd.Series(np.where(above, "above", "below"), dtype=object).where(differs, None),
        reason=_reasons(rows["reason"], pd.Series(why)),
    )


def small_campaigns(counts: pd.DataFrame, *, history_days: int, min_completeness: float) -> pd.DataFrame:
    """The table from the counts of `read_counts`."""
    tables = []
    for step in STEPS:
        found = counts[counts["step"] == step]
        if found.empty:
            continue
        units = campaigns(found)
        enough = units.seen.sum() >= MIN_CONVERSIONS
        shrunken, mixed = shrink(units) if enough else (None, None)
        by_channel = _rates(channels(units), mixed, min_completeness)
        by_campaign = _rates(units, shrunken, min_completeness)
        rows = pd.concat(
            [by_channel.assign(reason=_reasons(by_channel["reason"])), _compared(by_campaign, units)],
            ignore_index=True,
        )
        if not enough:
            few = f"fewer than {MIN_CONVERSIONS} conversions in this step"
            rows["reason"] = _reasons(rows["reason"].fillna(""), pd.Series(few, index=rows.index))
        basis = (
            f"entered in the last {history_days} days; converted within {found['horizon_days'].iloc[0]} days"
        )
        tables.append(rows.assign(step=step, basis=basis))
    if not tables:
        return pd.DataFrame(columns=_COUNTED)
    table = pd.concat(tables, ignore_index=True).sort_values(["step", "channel", "campaign_id"])
    return table[_COUNTED].reset_index(drop=True)


def write_small_campaigns(marts: duckdb.DuckDBPyConnection, *, as_of: date, settings: Settings) -> int:
    """Write the table into the marts; returns its rows. The run's warehouse is attached as `warehouse`."""
    history = settings.calibration.history_days
    table = small_campaigns(
        read_counts(marts, history_days=history),
        history_days=history,
        min_completeness=settings.calibration.min_completeness,
    )
    write_frame(marts, TABLE, COLUMNS, table.assign(as_of=pd.Timestamp(as_of)))
    return len(table)
