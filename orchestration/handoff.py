"""The hand-off list as a file: what sales opens in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from duckdb import DuckDBPyConnection

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for a code page; DuckDB, pandas and `utf-8-sig` skip it."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet runs a cell that begins so; names and titles come from forms that anyone can fill in."""


def handoff_csv(marts: DuckDBPyConnection) -> str:
    """The rows of mart_handoff_queue in their order, with a header line."""
    queue = marts.execute("select * from marts.mart_handoff_queue order by queue_position")
    names = [column[0] for column in queue.description or []]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(_cells(row) for row in queue.fetchall())
    return BYTE_ORDER_MARK + text.getvalue()


def _cells(row: Iterable[Any]) -> list[Any]:
    return [harmless(_readable(value)) for value in row]


def _readable(value: Any) -> Any:
    if isinstance(value, list):
        return " | ".join(value)
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, behind an apostrophe; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
