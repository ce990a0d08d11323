"""`decisions.jsonl`: the append-only record of suggestions and of what people decided.

One JSON object a line with a `kind`. This module writes `suggestion` (a row of mart_threshold_suggestions
without the decision columns) and `decision` (suggestion_id, decision, decided_at, decided_by,
decision_note); the guard of what is published appends `restatement` (a row of mart_restatements), the watch
`alarm` (a row of mart_calibration_alarms, once for each time it is raised); lines of other kinds are left
alone.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import pandas as pd

from orchestration.errors import DataError

DECISION_COLUMNS = ("decision", "decided_at", "decided_by", "decision_note")


@dataclass(frozen=True)
class Ledger:
    """lines: every readable entry in order. torn: a half-written last line (kept aside on the next write),
    or None.
    """

    lines: tuple[dict[str, Any], ...]
    torn: str | None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("kind") == kind]


def aside(path: Path) -> Path:
    """Where half-written lines are kept."""
    return path.with_name(path.name + ".torn")


def _split(data: bytes, path: Path) -> tuple[list[dict[str, Any]], int, bytes]:
    """(entries, length of the sound part, torn rest). A torn rest can only be the last line."""
    entries: list[dict[str, Any]] = []
    sound, number = 0, 0
    pieces = data.split(b"\n")
    for number, piece in enumerate(pieces, start=1):
        last = number >= len(pieces) - (1 if data.endswith(b"\n") else 0)
        size = len(piece) + (1 if number < len(pieces) else 0)
        if piece.strip():
            try:
                entry = json.loads(piece)
                if not isinstance(entry, dict):
                    raise ValueError("not an object")
            except ValueError as error:
                if last:
                    return entries, sound, data[sound:]
                raise DataError(
                    f"The ledger has an unreadable line: {error}",
                    where=f"{path}, line {number}",
                    fix="restore the file from a backup, or move that line to another file.",
                ) from error
            entries.append(entry)
        sound += size
    return entries, sound, b""


def read(path: Path) -> Ledger:
    """The ledger; empty where there is no file. Raises DataError for an unreadable line that is not the
    last.
    """
    if not path.exists():
        return Ledger((), None)
    entries, _, rest = _split(path.read_bytes(), path)
    return Ledger(tuple(entries), rest.decode("utf-8", "backslashreplace") if rest else None)


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
        file.flush()
        os.fsync(file.fileno())


def _plain(value: Any) -> Any:
    """JSON values: times as ISO text without zone (UTC), no NaN."""
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return value


def _key(entry: dict[str, Any]) -> tuple[Any, ...] | None:
    """What makes an entry the same as another; None: never the same."""
    if entry.get("kind") == "suggestion":
        return ("suggestion", entry.get("suggestion_id"))
    if entry.get("kind") == "decision":
        return ("decision", *(entry.get(name) for name in ("suggestion_id", *DECISION_COLUMNS)))
    if entry.get("kind") == "restatement":
        return ("restatement", entry.get("number"))
    if entry.get("kind") == "alarm":
        return ("alarm", *(entry.get(name) for name in ("alarm", "segment", "direction", "since")))
    return None


def append(path: Path, entries: Iterable[dict[str, Any]]) -> int:
    """Append entries that are not there yet, durably (fsync); returns how many were added.

    A half-written last line of a killed run is moved to `<name>.torn` first, never deleted. Raises
    DataError for an entry with an e-mail address: the ledger outlives a person's erasure, so it must hold
    none.
    """
    with _locked(path) as file:
        file.seek(0)
        data = file.read()
        known, sound, rest = _split(data, path)
        if rest:
            with aside(path).open("ab") as kept:
                kept.write(rest.rstrip(b"\n") + b"\n")
                kept.flush()
                os.fsync(kept.fileno())
            file.truncate(sound)
        present = {_key(entry) for entry in known} - {None}
        fresh = []
        for entry in ({name: _plain(value) for name, value in item.items()} for item in entries):
            key = _key(entry)
            if key is None or key not in present:
                fresh.append(entry)
                present.add(key)
        lines = [json.dumps(entry, sort_keys=True, ensure_ascii=False, allow_nan=False) for entry in fresh]
        if any("@" in line for line in lines):
            raise DataError(
                "A ledger entry holds an e-mail address",
                where=str(path),
                fix="write a name without @ (the ledger is never erased).",
            )
        if lines:
            gap = b"" if not data[:sound] or data[:sound].endswith(b"\n") else b"\n"
            file.write(gap + "".join(line + "\n" for line in lines).encode())
        return len(lines)


def suggestions(ledger: Ledger, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    """Suggestions with an as-of up to `as_of` (UTC, exclusive end), each with its newest decision made
    before it.

    Sorted by as_of, segment, then the order in which they were recorded.
    """
    decisions: dict[str, dict[str, Any]] = {}
    for entry in ledger.of("decision"):
        if pd.Timestamp(entry["decided_at"]) < as_of:
            decisions[str(entry["suggestion_id"])] = entry
    rows = []
    for entry in ledger.of("suggestion"):
        if pd.Timestamp(entry["as_of"]) <= as_of:
            decided = decisions.get(str(entry["suggestion_id"]), {})
            rows.append({**entry, **{name: decided.get(name) for name in DECISION_COLUMNS}})
    return sorted(rows, key=lambda row: (row["as_of"], row["segment"]))
