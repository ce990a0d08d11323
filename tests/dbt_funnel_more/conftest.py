"""The published tables of the shared build."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest


@pytest.fixture(scope="module")
def as_of(marts: duckdb.DuckDBPyConnection) -> date:
    row = marts.execute("select as_of from marts.mart_publication").fetchone()
    assert row is not None
    day: date = row[0]
    return day
