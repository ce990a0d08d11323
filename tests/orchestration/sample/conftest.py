"""One sample world for all tests of this folder, and its files as tables."""

# ruff: noqa: S608  (queries on tables of our own making)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.sample import SampleSummary, generate

LEADS = 6_000


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return generate(tmp_path_factory.mktemp("world"), leads=LEADS, seed=7)


@pytest.fixture(scope="session")
def db(world: SampleSummary) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every file as a table: sf_<object>, mkto_<file>, truth_<file>."""
    with duckdb.connect() as connection:
        for system, prefix, null in (
            ("salesforce", "sf", ""),
            ("marketo", "mkto", "null"),
            ("truth", "truth", ""),
        ):
            for path in sorted((world.folder / system).glob("*.csv")):
                _load(connection, path, f"{prefix}_{path.stem.lower()}", null)
        files = " UNION ALL ".join(
            f"SELECT *, '{name}' AS file FROM {name}"
            for (name,) in connection.execute(
                """SELECT table_name FROM information_schema.tables
                   WHERE table_name LIKE 'mkto_activities_%' ORDER BY 1"""
            ).fetchall()
        )
        connection.execute(f"CREATE TABLE mkto_activity AS {files}")
        yield connection


def _load(connection: duckdb.DuckDBPyConnection, path: Path, table: str, null: str) -> None:
    connection.execute(
        f"CREATE TABLE {table} AS SELECT * FROM read_csv('{path}', nullstr = '{null}', sample_size = -1)"
    )
