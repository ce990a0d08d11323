"""What the warehouse already knows: loads so far, contents loaded, versions that are not the newest."""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from orchestration.loading.profiles import ObjectProfile
from orchestration.loading.sql import first_row, quoted
from orchestration.loading.tables import raw_table


def next_load(warehouse: duckdb.DuckDBPyConnection) -> int:
    return int(first_row(warehouse, "SELECT coalesce(max(load), 0) + 1 FROM raw._files")[0])


def is_loaded(warehouse: duckdb.DuckDBPyConnection, profile: ObjectProfile, file_hash: str) -> bool:
    """Whether this content has been loaded as this object before, under whatever name."""
    return bool(
        first_row(
            warehouse,
            "SELECT 1 FROM raw._files"
            " WHERE file_hash = $hash AND vendor = $vendor AND object = $object LIMIT 1",
            {"hash": file_hash, "vendor": profile.vendor, "object": profile.object},
        )
    )


def count_superseded(
    warehouse: duckdb.DuckDBPyConnection, objects: Iterable[ObjectProfile], load: int
) -> dict[tuple[str, str], int]:
    """Records of this load that are an older version of a key than another loaded one, by table and file.

    Notes them in `raw._files`, too. Of versions with one stamp, the one staging takes counts as the newest.
    """
    counts: dict[tuple[str, str], int] = {}
    for profile in objects:
        if not _has_versions(warehouse, profile, load):
            continue
        rows = warehouse.execute(_superseded(profile), {"load": load}).fetchall()
        for file, number in rows:
            counts[profile.table, file] = number
            warehouse.execute(
                "UPDATE raw._files SET superseded = $number"
                " WHERE load = $load AND file = $file AND vendor = $vendor AND object = $object",
                {
                    "number": number,
                    "load": load,
                    "file": file,
                    "vendor": profile.vendor,
                    "object": profile.object,
                },
            )
    return counts


def _key(profile: ObjectProfile) -> str:
    return "hash(" + ", ".join(quoted(name) for name in profile.record_identity) + ")"


def _has_versions(warehouse: duckdb.DuckDBPyConnection, profile: ObjectProfile, load: int) -> bool:
    """Whether any key of this load occurs twice: cheap, so that clean first loads pay little."""
    table, key = raw_table(profile), _key(profile)
    row = first_row(
        warehouse,
        f"SELECT (SELECT count(*) > count(DISTINCT {key}) FROM {table} WHERE _load = $load) OR"
        f" (EXISTS (FROM {table} WHERE _load < $load) AND EXISTS (FROM {table} WHERE _load < $load"
        f" AND {key} IN (SELECT {key} FROM {table} WHERE _load = $load)))",
        {"load": load},
    )
    return bool(row[0])


def _superseded(profile: ObjectProfile) -> str:
    table = raw_table(profile)
    identity = ", ".join(quoted(name) for name in profile.record_identity)
    stamps = ", ".join(quoted(name) for name in profile.modified)
    newest = f"coalesce({stamps}) DESC NULLS LAST, " if stamps else ""
    return (
        f"SELECT _file, count(*) FROM (SELECT _file, _load, row_number() OVER (PARTITION BY {identity}"
        f" ORDER BY {newest}_extracted_at DESC NULLS LAST, _content, _file_hash, _record) AS version"
        f" FROM {table}"
        f" WHERE {_key(profile)} IN (SELECT {_key(profile)} FROM {table} WHERE _load = $load))"
        " WHERE version > 1 AND _load = $load GROUP BY _file"
    )
