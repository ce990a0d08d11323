"""Building SQL safely: names are quoted by one helper, everything from files or users is a parameter."""

from __future__ import annotations

import re
from typing import Any

import duckdb


def quoted(identifier: str) -> str:
    """An identifier as SQL text, whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def first_row(
    connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    """The first row, empty if there is none; reads to the end, since an open result blocks the connection."""
    rows = connection.execute(sql, values or {}).fetchall()
    return rows[0] if rows else ()


class Parameters:
    """Collects the values of one statement; `add` returns the name to write into the SQL text."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def used_in(self, sql: str) -> dict[str, Any]:
        """The values this text names; DuckDB refuses parameters too many."""
        names = set(re.findall(r"[$](p[0-9]+)", sql))
        return {name: value for name, value in self.values.items() if name in names}
