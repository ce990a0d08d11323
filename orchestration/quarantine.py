"""Refused records: how many are too many, and the files people look at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import DataError
from orchestration.files import write_in_place

COLUMNS = ("file", "line", "record", "column_name", "reason", "raw_text")
REFUSED_FILE = "refused.csv"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(cell: Any) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return out.getvalue()


def quarantined_by_load(warehouse: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """The CSV text of each load that refused something."""
    loads = warehouse.execute("select distinct load from raw._quarantine order by load").fetchall()
    return {load: as_csv(_rows(warehouse, load)) for (load,) in loads}


def write_quarantine(warehouse: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """One file a load, and the refusal of an earlier failed run taken away."""
    paths = []
    for load, text in quarantined_by_load(warehouse).items():
        path = folder / f"load-{load:04d}.csv"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_in_place(path, text)
        paths.append(path)
    (folder / REFUSED_FILE).unlink(missing_ok=True)
    return paths


def write_refused(warehouse: duckdb.DuckDBPyConnection, load: int | None, folder: Path) -> Path:
    """What made a run refuse its input, kept although nothing of it is published."""
    path = folder / REFUSED_FILE
    write_in_place(path, as_csv(_rows(warehouse, load)))
    return path


def too_much_refused(records: int, quarantined: int, limit: float, where: Path) -> DataError | None:
    """The error that blocks publication when too many of the newly read records can't be used."""
    if records == 0 or quarantined / records <= limit:
        return None
    share = quarantined / records
    return DataError(
        f"{quarantined:,} of {records:,} records ({share:.1%}) can't be used, more than the "
        f"{limit:.1%} allowed; nothing is published",
        where=str(where),
        fix="correct the extract or its mapping; the file names line, column and reason of each. "
        "If the loss is acceptable, raise max_quarantined_share in the settings.",
    )


def _rows(warehouse: duckdb.DuckDBPyConnection, load: int | None) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        """
        select file, line, record, column_name, reason, raw_text from raw._quarantine
        where load = ? order by file, line, record, column_name, reason
        """,
        [load],
    ).fetchall()
