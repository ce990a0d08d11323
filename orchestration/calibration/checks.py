"""Checks of the calibration's tables: each returns its failures as sentences, none where all is well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

KEY = ["as_of", "segment", "threshold"]


def _where(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"{len(rows)} rows, first: segment {first['segment']}, threshold {first['threshold']:g}"


def rates_are_shares(curve: pd.DataFrame) -> list[str]:
    """Every rate is finite and within [0, 1]; a chance may be null, else likewise."""
    failures = []
    for column in ("rate", "rate_low", "rate_high", "p_in_band"):
        values = pd.to_numeric(curve[column]).to_numpy(dtype=np.float64, na_value=np.nan)
        bad = ~np.isfinite(values) | (values < 0) | (values > 1)
        if column == "p_in_band":
            bad &= ~np.isnan(values)
        if bad.any():
            failures.append(f"{column} is not a share in [0, 1]: {_where(curve[bad])}")
    return failures


def volumes_are_counts(curve: pd.DataFrame) -> list[str]:
    """Weekly volumes are finite and not negative, and there are no more SQLs than MQLs."""
    mqls = curve["mqls_per_week"].to_numpy(dtype=np.float64)
    sqls = curve["sqls_per_week"].to_numpy(dtype=np.float64)
    bad = ~np.isfinite(mqls) | ~np.isfinite(sqls) | (mqls < 0) | (sqls < 0) | (sqls > mqls + 1e-9)
    return [f"Volumes are wrong: {_where(curve[bad])}"] if bad.any() else []


def intervals_hold_their_rate(curve: pd.DataFrame) -> list[str]:
    """rate_low <= rate <= rate_high."""
    bad = (curve["rate_low"] > curve["rate"]) | (curve["rate"] > curve["rate_high"])
    return [f"The interval does not hold the rate: {_where(curve[bad])}"] if bad.any() else []


def keys_are_unique(curve: pd.DataFrame, suggestions: pd.DataFrame) -> list[str]:
    """One curve row per as-of, segment and threshold; one suggestion per suggestion_id."""
    failures = []
    if curve.duplicated(KEY).any():
        failures.append(f"The curve repeats a threshold: {_where(curve[curve.duplicated(KEY)])}")
    again = suggestions["suggestion_id"].duplicated() | suggestions["suggestion_id"].isna()
    if again.any():
        failures.append(f"{int(again.sum())} suggestions have no suggestion_id of their own")
    return failures


def suggestions_agree_with_curve(curve: pd.DataFrame, suggestions: pd.DataFrame) -> list[str]:
    """Each curve belongs to a suggestion that says exactly the same at its current and suggested threshold.

    An as-of calibrated again under other settings has several suggestions and the curve of one of them.
    """
    points = {(row.as_of, row.segment, row.threshold): row for row in curve.itertuples(index=False)}
    failures = []
    for as_of, segment in dict.fromkeys((as_of, segment) for as_of, segment, _ in points):
        same = suggestions[(suggestions["as_of"] == as_of) & (suggestions["segment"] == segment)]
        found = [_differences(row, points) for row in same.itertuples(index=False)]
        if not found:
            failures.append(f"The curve of segment {segment} has no suggestion")
        elif all(found):
            failures += found[-1]
    return failures


def channels_agree_with_suggestions(channels: pd.DataFrame, suggestions: pd.DataFrame) -> list[str]:
    """One row per channel; rates and chances are shares, in order; each has the suggestion of its segment."""
    failures = []
    if channels["channel"].duplicated().any():
        failures.append("mart_threshold_channels names a channel twice")
    shares = channels[[*_CHANNEL_SHARES]].to_numpy(dtype=np.float64)
    bad = ~(np.isfinite(shares) & (shares >= 0) & (shares <= 1)).all(axis=1)
    bad |= (channels["rate_global_low"] > channels["rate_global"]).to_numpy()
    bad |= (channels["rate_global"] > channels["rate_global_high"]).to_numpy()
    bad |= ~channels["label"].isin(["pooled", "channel"]).to_numpy()
    if bad.any():
        failures.append(f"{int(bad.sum())} channels are wrong, first: {channels[bad]['channel'].iloc[0]}")
    known = set(zip(suggestions["suggestion_id"], suggestions["segment"], strict=True))
    own = zip(channels["suggestion_id"], channels["channel"], strict=True)
    lost = [channel for name, channel in own if (name, channel) not in known]
    if lost:
        failures.append(f"{len(lost)} channels have no suggestion, first: {lost[0]}")
    return failures


_CHANNEL_SHARES = (
    "rate_global",
    "rate_global_low",
    "rate_global_high",
    "p_in_band_global",
    "p_in_band_own",
    "p_value",
    "p_shape",
)


def _differences(row: Any, points: dict[tuple[Any, str, float], Any]) -> list[str]:
    failures = []
    for suffix, threshold in (("now", row.current_threshold), ("after", row.suggested_threshold)):
        point = points.get((row.as_of, row.segment, threshold))
        if point is None:
            failures.append(f"{row.suggestion_id}: threshold {threshold:g} is not on the curve")
            continue
        for prefix, name in _pairs(suffix):
            said, shown = getattr(row, prefix), getattr(point, name)
            if not (said == shown or (pd.isna(said) and pd.isna(shown))):
                failures.append(f"{row.suggestion_id}: {prefix} is {said}, the curve says {shown}")
    return failures


def _pairs(suffix: str) -> list[tuple[str, str]]:
    return [
        (f"rate_{suffix}", "rate"),
        (f"rate_{suffix}_low", "rate_low"),
        (f"rate_{suffix}_high", "rate_high"),
        (f"p_in_band_{suffix}", "p_in_band"),
        (f"mqls_per_week_{suffix}", "mqls_per_week"),
        (f"sqls_per_week_{suffix}", "sqls_per_week"),
    ]
