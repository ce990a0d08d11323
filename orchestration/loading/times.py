"""The span of time the loaded records lie in; decides the default as-of."""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

from datetime import datetime

import duckdb

from orchestration.loading.profiles import TABLES, ObjectProfile
from orchestration.loading.sql import first_row, quoted
from orchestration.loading.tables import date_flag, raw_table


def record_time_range(warehouse: duckdb.DuckDBPyConnection) -> tuple[datetime, datetime] | None:
    """Oldest and newest record time (UTC) over all raw tables, None if there is none; plans don't count.

    A date without a time counts as noon UTC, which lies on that day in all zones but the outermost.
    """
    spans = [span for profile in TABLES for span in _spans(warehouse, profile) if span is not None]
    if not spans:
        return None
    return min(low for low, _ in spans), max(high for _, high in spans)


def _spans(
    warehouse: duckdb.DuckDBPyConnection, profile: ObjectProfile
) -> list[tuple[datetime, datetime] | None]:
    ends: list[str] = []
    if not profile.record_times:
        return []
    for name in profile.record_times:
        time = quoted(name)
        if profile.columns[name].type == "moment":
            flag = quoted(date_flag(name))
            time = f"CASE WHEN {flag} THEN {time} + INTERVAL 12 HOUR ELSE {time} END"
        ends += [f"min({time})", f"max({time})"]
    row = first_row(warehouse, f"SELECT {', '.join(ends)} FROM {raw_table(profile)}")
    return [(low, high) if low is not None else None for low, high in zip(row[::2], row[1::2], strict=True)]
