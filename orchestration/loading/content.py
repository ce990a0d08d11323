"""Reading a file's bytes: its hash, and where its lines and records begin."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from orchestration.loading.packed import opened

Numbers = npt.NDArray[np.int64]

_CHUNK = 1 << 22
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


def content_hash(path: Path) -> str:
    """SHA-256 of the file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_lines(path: Path) -> int:
    """Number of lines, blank ones included."""
    lines, last = 0, b"\n"
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return lines + (last != b"\n")


@dataclass(frozen=True)
class Layout:
    """Where the rows of a text file begin. A row is what lies between two line ends outside quotes.

    offsets: of every line end. row_lines: the line each row begins on. blank: rows that hold nothing.
    """

    offsets: Numbers
    row_lines: Numbers
    blank: npt.NDArray[np.bool_]

    def record_lines(self, header_rows: int) -> Numbers:
        """Line of each record, in order."""
        return self.row_lines[~self.blank][header_rows:]

    def records_before(self, rows: Numbers, header_rows: int) -> Numbers:
        """Record number of the given rows (1-based, header and blank rows counted)."""
        blank_before = np.concatenate(([0], np.cumsum(self.blank)))
        return rows - header_rows - blank_before[np.clip(rows - 1, 0, len(self.blank))]

    def lines_at(self, offsets: Numbers) -> Numbers:
        """Line of each byte offset."""
        return np.searchsorted(self.offsets, offsets) + 1


def layout(path: Path, *, quoting: bool) -> Layout:
    """Scan a text file; `quoting`: line ends inside double quotes belong to a value."""
    ends: list[Numbers] = []
    outside: list[npt.NDArray[np.bool_]] = []
    returns: list[npt.NDArray[np.bool_]] = []
    position, quotes, last = 0, 0, np.uint8(0)
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            data = np.frombuffer(chunk, dtype=np.uint8)
            newlines = np.flatnonzero(data == _NEWLINE)
            found = np.flatnonzero(data == _QUOTE) if quoting else np.empty(0, np.int64)
            outside.append((np.searchsorted(found, newlines) + quotes) % 2 == 0)
            returns.append(np.where(newlines > 0, data[newlines - 1], last) == _RETURN)
            ends.append(newlines + position)
            position, quotes, last = position + len(data), quotes + len(found), data[-1]
    offsets = np.concatenate([*ends, np.empty(0, np.int64)])
    row_ends = np.flatnonzero(np.concatenate([*outside, np.empty(0, bool)]))
    ended_by_return = np.concatenate([*returns, np.empty(0, bool)])[row_ends]
    starts = np.concatenate(([0], offsets[row_ends] + 1))
    lengths = offsets[row_ends] - starts[:-1]
    blank = (lengths == 0) | ((lengths == 1) & ended_by_return)
    lines = np.concatenate(([1], row_ends + 2))
    if starts[-1] >= position:
        return Layout(offsets, lines[:-1], blank)
    return Layout(offsets, lines, np.append(blank, False))


def extracted_at(name: str, zone: ZoneInfo) -> datetime | None:
    """The extract's time if the name holds exactly one date: the last microsecond of that reporting day.

    Two dates are the span an extract covers, not the time it was made.
    """
    days = {match.group(0): match for match in _DAY_IN_NAME.finditer(name.rsplit("/", 1)[-1])}
    if len(days) != 1:
        return None
    (match,) = days.values()
    try:
        day = date(int(match.group(1)), int(match.group(3)), int(match.group(4)))
    except ValueError:
        return None
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    return (end - timedelta(microseconds=1)).replace(tzinfo=None)
