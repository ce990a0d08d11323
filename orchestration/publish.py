"""Publication: what readers see changes in one step or not at all (docs/decisions)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.errors import DataError
from orchestration.files import PUBLISHED_MODE, copy_file, put_in_place, sql_text, write_in_place
from orchestration.workspace import Workspace

STORAGE_VERSION = "v1.5.0"
"""The previous DuckDB line opens files written so."""


@dataclass(frozen=True)
class Publication:
    """What a run is about to publish; it lies in the run's work folder."""

    warehouse: Path
    marts: Path
    report: str
    as_of: date
    is_old_as_of: bool


def keep_only_raw(warehouse: Path) -> None:
    """Replace a warehouse by a fresh one with its raw rows and nothing that was computed from them."""
    loaded = warehouse.with_name(f"loaded-{warehouse.name}")
    warehouse.rename(loaded)
    with duckdb.connect() as connection:
        connection.execute(f"attach {sql_text(loaded)} as loaded (read_only)")
        connection.execute(f"attach {sql_text(warehouse)} as fresh")
        connection.execute("create schema fresh.raw")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'loaded' and schema_name = 'raw'"
        ).fetchall()
        for (table,) in tables:
            name = f'raw."{table}"'
            connection.execute(f"create table fresh.{name} as from loaded.{name}")
    loaded.unlink()


def create_marts(path: Path) -> None:
    """An empty marts file with the storage version that the previous DuckDB line opens."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {sql_text(path)} as bandpass (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema bandpass.marts")


def copy_marts(published: Path, target: Path) -> None:
    """The published marts, to be brought up to date."""
    copy_file(published, target)
    target.chmod(0o644)


def note_publication(
    marts: duckdb.DuckDBPyConnection,
    *,
    as_of: date,
    mql_basis: str,
    decision_settings: Mapping[str, str],
    settings_hash: str,
    version: str,
) -> None:
    """Write into the file itself what it is, so that no name and no folder has to be trusted.

    No time and no run id, so that the same input gives the same table.
    """
    marts.execute(
        """
        create or replace table marts.mart_publication as
        select ?::date as as_of, ?::varchar as mql_basis, ?::json as decision_settings,
            ?::varchar as settings_hash, ?::varchar as version
        """,
        [as_of, mql_basis, json.dumps(dict(decision_settings)), settings_hash, version],
    )


def published_as_of(marts: Path) -> date | None:
    """The as-of of a published file; None where there is none."""
    if not marts.exists():
        return None
    with duckdb.connect(str(marts), read_only=True) as connection:
        row = connection.execute("select as_of from marts.mart_publication").fetchone()
    return row[0] if row else None


def seal(path: Path, *, storage_version: str | None = None) -> None:
    """Bring everything into the one file and check that it is what readers need."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("checkpoint")
        row = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
        ).fetchone()
    if path.with_name(f"{path.name}.wal").exists():
        raise DataError("The database file is not closed", where=str(path), fix="run again.")
    found = str(row[0]) if row else ""
    if storage_version and storage_version.removesuffix(".0") not in found:
        raise DataError(
            f"The marts have storage version {found!r}, not {storage_version}",
            where=str(path),
            fix="keep storage_version in dbt_project/profiles.yml, and create the file with it.",
        )


def publish(workspace: Workspace, publication: Publication) -> tuple[Path, Path]:
    """Put the sealed files in place, the marts last, so a reader of new marts never meets old raw data.

    Returns the paths of the published marts and report.
    """
    as_of, is_old = publication.as_of, publication.is_old_as_of
    seal(publication.warehouse)
    seal(publication.marts, storage_version=STORAGE_VERSION)
    marts = workspace.marts(as_of if is_old else None)
    report = workspace.report(as_of, is_old=is_old)
    if not is_old:
        put_in_place(publication.warehouse, workspace.warehouse)
    put_in_place(publication.marts, marts, mode=PUBLISHED_MODE)
    write_in_place(report, publication.report)
    return marts, report
