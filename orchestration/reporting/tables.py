"""Reading the published tables without assuming that they are all there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

ALL = "(all)"
NONE = "(none)"

_COLUMNS = "select table_name, column_name from information_schema.columns where table_schema = 'marts'"


class Marts:
    """The `marts` schema of an open connection; only reads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._columns: dict[str, set[str]] = {}
        for table, column in connection.execute(_COLUMNS).fetchall():
            self._columns.setdefault(table, set()).add(column)

    def gap(self, table: str, columns: str = "") -> str | None:
        """Why a table can't be used, in words a reader understands; None where it can."""
        if table not in self._columns:
            return f"the table {table} is not in the published file"
        lacking = [column for column in columns.split() if column not in self._columns[table]]
        if lacking:
            return f"the table {table} has no column {', '.join(lacking)}"
        if not self._connection.table(f"marts.{table}").limit(1).fetchall():
            return f"the table {table} is empty"
        return None

    def has(self, table: str, columns: str = "") -> bool:
        return self.gap(table, columns) is None

    def rows(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows with plain numbers: a DECIMAL column reads like any other."""
        found = self._connection.execute(sql, parameters).fetchall()
        return [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in found]


def last_complete_week(as_of_day: date) -> date:
    """Monday of the newest week whose Sunday is not after the as-of day."""
    next_day = as_of_day + timedelta(days=1)
    return next_day - timedelta(days=next_day.weekday() + 7)


def local_day(value: date | datetime | None, zone: ZoneInfo) -> date | None:
    """The reporting-zone day of an instant; a date stays what it is."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).astimezone(zone).date()
    return value
