"""Writing a table that Python computes into the marts of a run."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd


def write_frame(
    marts: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: pd.DataFrame
) -> None:
    """Replace table marts.<name> by `rows`, with declared column types; with no rows it exists, empty."""
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    taken = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
    marts.execute("create schema if not exists marts")
    marts.execute(f"create or replace table marts.{name} ({declared})")
    marts.register("written_rows", rows.reindex(columns=list(columns)))
    marts.execute(f"insert into marts.{name} select {taken} from written_rows")  # noqa: S608 - names are ours
    marts.unregister("written_rows")
