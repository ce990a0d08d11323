"""Tables of the schema `marts` that Python reads, and writes itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from orchestration.errors import DataError


def read_frame(
    marts: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any], *, reader: str
) -> pd.DataFrame:
    """The rows of a query with named parameters; of `values` it takes those that it names.

    reader: who asks, for the message. Raises DataError where a table or column is missing.
    """
    used = {name: value for name, value in values.items() if f"${name}" in sql}
    try:
        return marts.execute(sql, used).df()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise DataError(
            f"The marts are not what {reader} reads: {str(error).splitlines()[0]}",
            where="schema marts",
            fix="build the marts first (bandpass run).",
        ) from error


def write_frame(
    marts: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: pd.DataFrame
) -> None:
    """Replace table marts.<name> by `rows`, with declared column types; with no rows it exists, empty."""
    _create(marts, name, columns)
    taken = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
    marts.register("written_rows", rows.reindex(columns=list(columns)))
    marts.execute(f"insert into marts.{name} select {taken} from written_rows")  # noqa: S608 - names are ours
    marts.unregister("written_rows")


def write_rows(
    marts: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """`write_frame` for rows whose values are of several types, as those of the ledger are."""
    _create(marts, name, columns)
    if rows:
        places = ", ".join("?" for _ in columns)
        marts.executemany(
            f"insert into marts.{name} values ({places})",  # noqa: S608 - names are ours, values are parameters
            [[_value(row.get(column)) for column in columns] for row in rows],
        )


def _create(marts: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str]) -> None:
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    marts.execute("create schema if not exists marts")
    marts.execute(f"create or replace table marts.{name} ({declared})")


def _value(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
