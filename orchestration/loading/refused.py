"""What could not be loaded of a file: quarantine with place and reason, and the file's account."""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

import re
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from orchestration.loading.content import Layout, Numbers, count_lines, layout
from orchestration.loading.plan import FilePlan
from orchestration.loading.result import FileResult
from orchestration.loading.sources import REJECTS, Source, cell
from orchestration.loading.sql import first_row
from orchestration.loading.tables import raw_table

_TAIL = 50
"""Footers are looked for among the last refused lines only."""


def raw_text(source: Source) -> str:
    """SQL of a record as it stood in the file, as near as it can be had."""
    if source.is_json:
        return "whole"
    return (
        f"to_json([{', '.join(cell(index) + '::VARCHAR' for index in range(len(source.header)))}])::VARCHAR"
    )


def account(
    warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, file_hash: str, load: int, loaded: int
) -> FileResult:
    """Quarantine what the passes left over, give every record its number, add the file to `raw._files`."""
    result = FileResult(plan.name, plan.profile.vendor, plan.profile.object, loaded=loaded)
    result.problems.extend(plan.problems)
    rejects = _rejects(warehouse)
    wrong = _wrong(warehouse)
    scanned: Layout | None = None
    read = loaded + len(wrong) + len(rejects)
    header_rows = 1 if plan.source.kind == "csv" else 0
    if plan.source.has_lines and (
        len(wrong) or len(rejects) or count_lines(plan.source.data) != read + header_rows
    ):
        scanned = layout(plan.source.data, quoting=plan.source.kind == "csv")
        result.blank_lines = int(scanned.blank.sum())
    if scanned is not None and len(rejects):
        _number_rejects(rejects, scanned, header_rows)
        footers = _footers(rejects, read, plan.profile.footers)
        result.footer_lines = int(footers.sum())
        rejects["line"] += plan.source.skipped
        rejects = rejects[~footers]
        _renumber(warehouse, plan, load, rejects["record"].to_numpy(), wrong)
    if scanned is not None and len(wrong):
        lines = scanned.record_lines(header_rows) + plan.source.skipped
        wrong["line"] = lines[np.clip(wrong["record"].to_numpy() - 1, 0, len(lines) - 1)]
    for refused in (rejects, wrong):
        _quarantine(warehouse, plan, file_hash, load, refused)
    result.quarantined = len(rejects) + len(wrong)
    result.records = result.loaded + result.quarantined
    reasons = _reasons(warehouse, plan.name, file_hash, load)
    if result.quarantined:
        result.problems.append(f"{result.quarantined} of {result.records} records refused: {reasons}.")
    _note(warehouse, result, file_hash, load, reasons)
    return result


def holds_other_encoding(warehouse: duckdb.DuckDBPyConnection) -> bool:
    """Whether the reader refused a line because it is not UTF-8."""
    if not _exists(warehouse, REJECTS):
        return False
    kind = "error_type::VARCHAR"
    sql = f"SELECT count(*) FROM {REJECTS} WHERE {kind} LIKE '%UNICODE%' OR {kind} LIKE '%ENCODING%'"
    return bool(first_row(warehouse, sql)[0])


def _rejects(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Records DuckDB's reader refused: one row each, although it reports every missing column."""
    if not _exists(warehouse, REJECTS):
        return _empty()
    return warehouse.execute(
        "SELECT line::BIGINT AS row, min(line_byte_position)::BIGINT AS position,"
        " min(substr(column_name, 2)::BIGINT) AS idx,"
        f" arg_min(error_type::VARCHAR, column_idx) AS kind, arg_min(error_message, column_idx) AS reason,"
        f" any_value(csv_line) AS raw_text FROM {REJECTS} GROUP BY scan_id, line ORDER BY line"
    ).df()


def _wrong(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Records with a value that is not of its type, from the tolerant pass."""
    if not _exists(warehouse, "bandpass_staged"):
        return _empty()
    return warehouse.execute(
        "SELECT _record AS record, NULL::BIGINT AS line, wrong[1].column_name AS column_name,"
        " array_to_string(list_transform(wrong, lambda x: x.column_name || ': ' || x.reason), '; ')"
        " AS reason, raw_text FROM bandpass_staged WHERE len(wrong) > 0 ORDER BY _record"
    ).df()


def _exists(warehouse: duckdb.DuckDBPyConnection, table: str) -> bool:
    sql = "SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name = $name"
    return bool(first_row(warehouse, sql, {"name": table})[0])


def _empty() -> pd.DataFrame:
    return pd.DataFrame({"record": [], "line": [], "column_name": [], "reason": [], "raw_text": []})


def _number_rejects(rejects: pd.DataFrame, scanned: Layout, header_rows: int) -> None:
    rows = rejects["row"].to_numpy()
    rejects["record"] = scanned.records_before(rows, header_rows)
    # The refused text may begin with the blank lines before it.
    skipped = rejects["raw_text"].str.extract(r"^([\r\n]*)")[0].str.count("\n").fillna(0).astype("int64")
    rejects["line"] = scanned.lines_at(rejects["position"].to_numpy() - 1) + skipped.to_numpy()


def _footers(rejects: pd.DataFrame, records: int, patterns: tuple[str, ...]) -> Any:
    """The unbroken run of lone cells at the end of the file, if one of them is a known footer."""
    is_footer = np.zeros(len(rejects), dtype=bool)
    tail = range(len(rejects) - 1, max(-1, len(rejects) - 1 - _TAIL), -1)
    run: list[int] = []
    for expected, index in enumerate(tail):
        row = rejects.iloc[index]
        if row["record"] != records - expected or row["kind"] != "MISSING COLUMNS" or row["idx"] != 1:
            break
        run.append(index)
    texts = [str(rejects.iloc[index]["raw_text"]).strip() for index in run]
    if any(re.search(pattern, text) for pattern in patterns for text in texts):
        is_footer[run] = True
    return is_footer


def _renumber(
    warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, load: int, rejected: Numbers, wrong: pd.DataFrame
) -> None:
    """Records were numbered among those read; put them after the refused ones that stand before them."""
    if not len(rejected):
        return
    shifts = pd.DataFrame(
        {"first": rejected - np.arange(len(rejected)), "shift": np.arange(1, len(rejected) + 1)}
    )
    shifts = shifts.groupby("first", as_index=False)["shift"].max()
    table = raw_table(plan.profile)
    warehouse.register("bandpass_shifts", shifts)
    try:
        warehouse.execute(
            f"UPDATE {table} AS t SET _record = t._record + s.shift"
            f" FROM (SELECT r.rowid AS id, s.shift FROM {table} r"
            " ASOF JOIN bandpass_shifts s ON r._record >= s.first"
            " WHERE r._load = $load AND r._file = $file) s WHERE t.rowid = s.id",
            {"load": load, "file": plan.name},
        ).fetchall()
    finally:
        warehouse.unregister("bandpass_shifts")
    if len(wrong):
        at = np.searchsorted(shifts["first"].to_numpy(), wrong["record"].to_numpy(), side="right")
        wrong["record"] += np.concatenate(([0], shifts["shift"].to_numpy()))[at]


def _quarantine(
    warehouse: duckdb.DuckDBPyConnection, plan: FilePlan, file_hash: str, load: int, refused: pd.DataFrame
) -> None:
    if not len(refused):
        return
    name = "column_name" if "column_name" in refused else "list_extract($header::VARCHAR[], idx::BIGINT + 1)"
    values = {"load": load, "file": plan.name, "hash": file_hash, "header": list(plan.source.header)}
    if "column_name" in refused:
        del values["header"]
    warehouse.register("bandpass_refused", refused)
    try:
        warehouse.execute(
            "INSERT INTO raw._quarantine SELECT $load, $file, $hash, line::BIGINT, record::BIGINT,"
            f" {name}, reason, raw_text FROM bandpass_refused",
            values,
        ).fetchall()
    finally:
        warehouse.unregister("bandpass_refused")


def _reasons(warehouse: duckdb.DuckDBPyConnection, file: str, file_hash: str, load: int) -> str | None:
    rows = warehouse.execute(
        "SELECT reason, count(*) FROM raw._quarantine"
        " WHERE load = $load AND file = $file AND file_hash = $hash"
        " GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 5",
        {"load": load, "file": file, "hash": file_hash},
    ).fetchall()
    return "; ".join(f"{reason} ({count})" for reason, count in rows) or None


def _note(
    warehouse: duckdb.DuckDBPyConnection, result: FileResult, file_hash: str, load: int, reasons: str | None
) -> None:
    warehouse.execute(
        "INSERT INTO raw._files VALUES ($load, $file, $hash, $vendor, $object, $records, $loaded, 0,"
        " $quarantined, $blank, $footer, $reasons)",
        {
            "load": load, "file": result.path, "hash": file_hash,
            "vendor": result.vendor, "object": result.object,
            "records": result.records, "loaded": result.loaded, "quarantined": result.quarantined,
            "blank": result.blank_lines, "footer": result.footer_lines, "reasons": reasons,
        },
    )  # fmt: skip
