"""`seeds/mql_thresholds.csv`: read with its line numbers, and only ever appended to."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from orchestration.errors import DataError, UsageError
from orchestration.files import write_in_place

Value = TypeVar("Value")

FILE = "mql_thresholds.csv"
COLUMNS = (
    "segment",
    "threshold",
    "min_fit",
    "min_engagement",
    "effective_from",
    "accepted_at",
    "accepted_by",
    "suggestion_id",
    "note",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ThresholdRow:
    """One row. threshold None: this channel follows global again. effective_from None: since ever."""

    segment: str
    threshold: float | None
    min_fit: float | None
    min_engagement: float | None
    effective_from: date | None
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    suggestion_id: str | None = None
    note: str | None = None
    line: int = 0

    def cells(self) -> list[str]:
        """As they are written: dates and times as ISO text, numbers as short as they can be read back."""
        return [
            self.segment,
            *map(_number, (self.threshold, self.min_fit, self.min_engagement)),
            self.effective_from.isoformat() if self.effective_from else "",
            self.accepted_at.isoformat(sep=" ", timespec="seconds") if self.accepted_at else "",
            *(_harmless(text or "") for text in (self.accepted_by, self.suggestion_id, self.note)),
        ]


def _number(value: float | None) -> str:
    return "" if value is None else repr(value).removesuffix(".0")


def _harmless(text: str) -> str:
    """On one line, and no formula for a spreadsheet."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def read_thresholds(path: Path) -> list[ThresholdRow]:
    """The rows in the order of the file. Raises DataError, with line and column, where one can't be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The thresholds can't be read: {error}", where=str(path), fix="mend the file."
        ) from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"The thresholds lack the columns {', '.join(missing)}",
            where=f"{path}, line 1",
            fix=f"give it the header {','.join(COLUMNS)}.",
        )
    return [_row(path, reader.line_num, cells) for cells in reader]


def _row(path: Path, line: int, cells: dict[str, str | None]) -> ThresholdRow:
    texts = {name: (cells.get(name) or "").strip() for name in COLUMNS}

    def read(name: str, kind: Callable[[str], Value], said: str) -> Value | None:
        try:
            return kind(texts[name]) if texts[name] else None
        except ValueError as error:
            raise DataError(
                f"{name} is no {said}: {texts[name]!r}",
                where=f"{path}, line {line}, column {name}",
                fix=f"write a {said}, or leave it blank.",
            ) from error

    return ThresholdRow(
        texts["segment"],
        read("threshold", float, "number"),
        read("min_fit", float, "number"),
        read("min_engagement", float, "number"),
        read("effective_from", date.fromisoformat, "date like 2026-01-31"),
        read("accepted_at", datetime.fromisoformat, "time like 2026-01-31 09:00:00"),
        texts["accepted_by"] or None,
        texts["suggestion_id"] or None,
        texts["note"] or None,
        line,
    )


def in_force(rows: Sequence[ThresholdRow], segment: str, day: date) -> ThresholdRow | None:
    """The newest row that is in force on a day; of equal dates the lower in the file."""
    own = [row for row in rows if row.segment == segment and (row.effective_from or date.min) <= day]
    return max(own, key=lambda row: (row.effective_from or date.min, row.line), default=None)


def append_row(path: Path, row: ThresholdRow) -> None:
    """Add a row at the end; every byte that was there stays.

    Raises UsageError where the file can't be written.
    """
    try:
        before = path.read_bytes().decode("utf-8")
        ending = "\r\n" if "\r\n" in before else "\n"
        written = io.StringIO()
        csv.writer(written, lineterminator=ending).writerow(row.cells())
        gap = "" if not before or before.endswith("\n") else ending
        write_in_place(path, before + gap + written.getvalue(), mode=path.stat().st_mode & 0o777)
    except OSError as error:
        raise UsageError(
            f"The threshold can't be written: {error.strerror}",
            where=str(path),
            fix="make the file writable, or copy it into the workspace's own seeds folder.",
        ) from error
