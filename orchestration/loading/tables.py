"""The raw tables: one per object of every profile, empty where no file came."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from orchestration.loading.profiles import SQL_TYPES, TABLES, ObjectProfile
from orchestration.loading.sql import quoted

LINEAGE = {
    "_file": "VARCHAR",
    "_file_hash": "VARCHAR",
    "_record": "BIGINT",
    "_extracted_at": "TIMESTAMP",
    "_loaded_at": "TIMESTAMP",
    "_load": "INTEGER",
    "_extra": "JSON",
    "_content": "UBIGINT",
}
"""`_content` hashes the record's own values: of differing copies with one stamp it picks the same one,
whatever files they came in."""

FILES = {
    "load": "INTEGER",
    "file": "VARCHAR",
    "file_hash": "VARCHAR",
    "vendor": "VARCHAR",
    "object": "VARCHAR",
    "records": "BIGINT",
    "loaded": "BIGINT",
    "superseded": "BIGINT",
    "quarantined": "BIGINT",
    "blank_lines": "BIGINT",
    "footer_lines": "BIGINT",
    "reasons": "VARCHAR",
}

QUARANTINE = {
    "load": "INTEGER",
    "file": "VARCHAR",
    "file_hash": "VARCHAR",
    "line": "BIGINT",
    "record": "BIGINT",
    "column_name": "VARCHAR",
    "reason": "VARCHAR",
    "raw_text": "VARCHAR",
}

EXTRACTS = {
    "load": "INTEGER",
    "file": "VARCHAR",
    "file_hash": "VARCHAR",
    "vendor": "VARCHAR",
    "object": "VARCHAR",
    "extracted_at": "TIMESTAMP",
    "covers_from": "TIMESTAMP",
    "covers_to": "TIMESTAMP",
    "is_full": "BOOLEAN",
    "evidence": "VARCHAR",
}

STYLES = {
    "file_hash": "VARCHAR",
    "vendor": "VARCHAR",
    "object": "VARCHAR",
    "column_name": "VARCHAR",
    "json_key": "VARCHAR",
    "place": "VARCHAR",
    "zone": "VARCHAR",
    "hint": "VARCHAR",
    "cells": "BIGINT",
}
"""What the cells of each file's columns prove about how dates and numbers are written (styles)."""


def date_flag(column: str) -> str:
    """The companion of a mapped time: true where the source held a date only."""
    return f"{column}_is_date"


def data_columns(profile: ObjectProfile) -> dict[str, str]:
    """Columns of a raw table with their SQL types, lineage excluded."""
    columns: dict[str, str] = {}
    for name, column in profile.columns.items():
        columns[name] = SQL_TYPES[column.type]
        if column.type == "moment":
            columns[date_flag(name)] = "BOOLEAN"
    return columns


def content_hash(profile: ObjectProfile, values: Mapping[str, str]) -> str:
    """SQL of the hash of a record's values as the table holds them, whatever columns its file has.

    values: SQL of each column; others are null.
    """
    held = data_columns(profile).items()
    cells = ", ".join(f"({values.get(name, 'NULL')})::{sql_type}" for name, sql_type in held)
    return f"hash({cells})"


def raw_table(profile: ObjectProfile) -> str:
    """Quoted name of the object's raw table."""
    return f"raw.{quoted(profile.table)}"


def create_raw_tables(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Create whatever raw table does not exist yet, and add the columns a profile has learned since."""
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS raw")
    existing = _existing_columns(warehouse)
    for table, columns in _raw_tables().items():
        name = f"raw.{quoted(table)}"
        if table not in existing:
            body = ", ".join(f"{quoted(column)} {sql_type}" for column, sql_type in columns.items())
            warehouse.execute(f"CREATE TABLE {name} ({body})")
            continue
        for column, sql_type in columns.items():
            if column not in existing[table]:
                warehouse.execute(f"ALTER TABLE {name} ADD COLUMN {quoted(column)} {sql_type}")


def _raw_tables() -> dict[str, dict[str, str]]:
    """Every raw table's columns with their SQL types."""
    of_profiles = {profile.table: data_columns(profile) | LINEAGE for profile in TABLES}
    return of_profiles | {
        "_files": FILES,
        "_quarantine": QUARANTINE,
        "_extracts": EXTRACTS,
        "_styles": STYLES,
    }


def _existing_columns(warehouse: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The columns of each raw table there is."""
    found: dict[str, set[str]] = {}
    query = """
        SELECT table_name, column_name FROM duckdb_columns()
        WHERE database_name = current_database() AND schema_name = 'raw'
    """
    for table, column in warehouse.execute(query).fetchall():
        found.setdefault(table, set()).add(column)
    return found
