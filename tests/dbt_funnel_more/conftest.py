"""The published tables of the shared build."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.workspace import settings_in_effect


@pytest.fixture(scope="module")
def marts(built_workspace: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = built_workspace.marts()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def settings(built_workspace: Any) -> Settings:
    return settings_in_effect(built_workspace.workspace)


@pytest.fixture(scope="module")
def as_of(marts: duckdb.DuckDBPyConnection) -> date:
    row = marts.execute("select as_of from marts.mart_publication").fetchone()
    assert row is not None
    day: date = row[0]
    return day
