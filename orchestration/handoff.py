"""The hand-off list as a file: what sales opens in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from duckdb import DuckDBPyConnection

from orchestration.quarantine import neutral

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for a code page; DuckDB, pandas and `utf-8-sig` skip it."""


def handoff_csv(marts: DuckDBPyConnection) -> str:
    """The rows of mart_handoff_queue in their order, with a header line."""
    queue = marts.execute("select * from marts.mart_handoff_queue order by queue_position")
    names = [column[0] for column in queue.description or []]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in queue.fetchall())
    return BYTE_ORDER_MARK + text.getvalue()


def cell(value: Any) -> Any:
    """A value as people read it; text as no formula, because anyone can fill in a form."""
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return neutral(" | ".join(value) if isinstance(value, list) else value)
