"""Writing one file into its raw table: one strict pass; a tolerant one only where a value does not fit."""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from orchestration.errors import DataError
from orchestration.loading import refused
from orchestration.loading.copies import file_encoding
from orchestration.loading.plan import FilePlan
from orchestration.loading.projection import (
    Value,
    as_object,
    extra,
    failures,
    gathered,
    outputs,
    records,
    values,
)
from orchestration.loading.result import FileResult
from orchestration.loading.sources import REJECT_SCANS, REJECTS
from orchestration.loading.sql import Parameters, first_row, quoted
from orchestration.loading.styles import hint_column, note_hints
from orchestration.loading.tables import content_hash, raw_table

_STAGED = "bandpass_staged"


@dataclass(frozen=True)
class Lineage:
    """What every row of a file says about where it came from."""

    file: str
    file_hash: str
    extracted_at: datetime | None
    loaded_at: datetime
    load: int


class NotUtf8Error(Exception):
    """The reader refused lines because they are not UTF-8."""


def write_file(
    warehouse: duckdb.DuckDBPyConnection,
    plan: FilePlan,
    lineage: Lineage,
    zone: str,
) -> FileResult:
    """Load a file as one transaction; whatever fails, nothing of it stays.

    Raises NotUtf8Error for a file that is Windows-1252 after all.
    """
    before = first_row(warehouse, "SELECT current_setting('TimeZone')")[0]
    warehouse.execute(f"SET TimeZone = '{zone}'")
    try:
        return _attempt(warehouse, plan, lineage, zone)
    except duckdb.Error as error:
        raise DataError(
            f"The file can't be read: {str(error).splitlines()[0]}",
            where=plan.name,
            fix="open it and compare with a fresh export; `bandpass doctor` says more about it.",
        ) from error
    finally:
        _drop_temporary(warehouse)
        warehouse.execute(f"SET TimeZone = '{before}'")


def _attempt(warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, lineage: Lineage, zone: str) -> FileResult:
    """One quick pass; where a value is not of its type, a second that finds which, record by record."""
    # Joins need numbered records, and own date formats have no strict form.
    if not plan.joins and not any(cell.formats for cell in plan.cells.values()):
        try:
            return _in_transaction(warehouse, plan, lineage, zone, strict=True)
        except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException):
            pass
    try:
        return _in_transaction(warehouse, plan, lineage, zone, strict=False)
    except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException):
        lenient = replace(plan, source=replace(plan.source, lenient=True))
        return _in_transaction(warehouse, lenient, lineage, zone, strict=False)


def _in_transaction(
    warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, lineage: Lineage, zone: str, *, strict: bool
) -> FileResult:
    _drop_temporary(warehouse)
    warehouse.execute("BEGIN")
    try:
        write = _write_strictly if strict else _write_tolerantly
        loaded = write(warehouse, plan, lineage, zone)
        other = plan.source.copy is None and refused.holds_other_encoding(warehouse)
        if other and file_encoding(plan.source.data) == "cp1252":
            raise NotUtf8Error
        result = refused.account(warehouse, plan, lineage.file_hash, lineage.load, loaded)
        warehouse.execute("COMMIT")
    except BaseException:
        warehouse.execute("ROLLBACK")
        raise
    return result


def _write_strictly(warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, lineage: Lineage, zone: str) -> int:
    parameters = Parameters()
    columns: dict[str, str] = {}
    for value in values(plan, parameters, zone, strict=True):
        columns |= dict(outputs(value))
        if value.name in plan.profile.key:
            columns[value.name] = f"coalesce({columns[value.name]}, error('empty key'))"
    for name, pairs in gathered(plan, parameters, zone, strict=True):
        columns[name] = as_object(pairs, parameters)
    columns |= _lineage(plan, lineage, parameters) | {"_content": content_hash(plan.profile, columns)}
    loaded = _insert(warehouse, plan, columns, records(plan, parameters, numbered=False), parameters)
    # A window function would force one thread; row ids follow the order of the file and cost little.
    table = raw_table(plan.profile)
    warehouse.execute(
        f"UPDATE {table} SET _record = rowid - (SELECT min(rowid) FROM {table} WHERE _record IS NULL) + 1"
        " WHERE _record IS NULL"
    )
    return loaded


def _write_tolerantly(
    warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, lineage: Lineage, zone: str
) -> int:
    parameters = Parameters()
    found: list[Value] = list(values(plan, parameters, zone, strict=False))
    odd: list[tuple[str, str | None, Value]] = [(value.name, None, value) for value in found if value.odd]
    columns: dict[str, str] = {}
    for value in found:
        columns |= dict(outputs(value))
    for name, pairs in gathered(plan, parameters, zone, strict=False):
        columns[name] = as_object(pairs, parameters)
        found += [value for _, value in pairs]
        odd += [(name, key, value) for key, value in pairs if value.odd]
    staged = [f"{sql} AS {quoted(name)}" for name, sql in columns.items()]
    staged += [f"{value.odd.hint} AS {hint_column(at)}" for at, (_, _, value) in enumerate(odd) if value.odd]
    staged += [f"{extra(plan, parameters, [value for _, _, value in odd])} AS _extra", "n AS _record"]
    relation = records(plan, parameters, numbered=True)
    sql = (
        f"CREATE TEMP TABLE {_STAGED} AS SELECT {', '.join(staged)}, wrong,"
        f" CASE WHEN len(wrong) > 0 THEN {refused.raw_text(plan.source)} END AS raw_text"
        f" FROM (SELECT *, {failures(plan, found, parameters)} AS wrong FROM {relation})"
    )
    warehouse.execute(sql, parameters.used_in(sql))
    good = Parameters()
    taken = {name: quoted(name) for name in columns} | _lineage(plan, lineage, good)
    taken |= {
        "_extra": "_extra",
        "_record": "_record",
        "_content": content_hash(plan.profile, {name: quoted(name) for name in columns}),
    }
    note_hints(warehouse, plan, lineage.file_hash, zone, odd, _STAGED)
    return _insert(warehouse, plan, taken, f"{_STAGED} WHERE len(wrong) = 0", good)


def _lineage(plan: FilePlan, lineage: Lineage, parameters: Parameters) -> dict[str, str]:
    return {
        "_file": parameters.add(lineage.file),
        "_file_hash": parameters.add(lineage.file_hash),
        "_record": "NULL",
        "_extracted_at": parameters.add(lineage.extracted_at),
        "_loaded_at": parameters.add(lineage.loaded_at),
        "_load": parameters.add(lineage.load),
        "_extra": extra(plan, parameters),
    }


def _insert(
    warehouse: duckdb.DuckDBPyConnection,
    plan: FilePlan,
    columns: dict[str, str],
    relation: str,
    parameters: Parameters,
) -> int:
    names = ", ".join(quoted(name) for name in columns)
    selected = ", ".join(columns.values())
    sql = f"INSERT INTO {raw_table(plan.profile)} ({names}) SELECT {selected} FROM {relation}"
    return int(first_row(warehouse, sql, parameters.used_in(sql))[0])


def _drop_temporary(warehouse: duckdb.DuckDBPyConnection) -> None:
    for table in (_STAGED, REJECTS, REJECT_SCANS):
        warehouse.execute(f"DROP TABLE IF EXISTS temp.{table}")
