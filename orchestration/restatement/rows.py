"""The rows of the seeds that decide, and what each of them means."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from orchestration.errors import UsageError

FREE_TEXT = {"note", "accepted_at", "accepted_by", "suggestion_id"}
"""Columns that say why and who; no decision depends on them."""

_NUMBERS = {
    "points", "half_life_days", "max_count", "window_days", "threshold", "min_fit", "min_engagement",
    "step", "min_count", "within_days", "min_amount", "priority",
}  # fmt: skip
_FLAGS = {"ordered", "is_delivery"}
_TRUE = {"true", "t", "1", "yes", "y"}
_FALSE = {"false", "f", "0", "no", "n"}
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")


@dataclass(frozen=True)
class SeedFile:
    """A seed that decides. key: columns that tell its rows apart. starts, ends: columns of the validity.

    group: the column whose rows stand and fall together, as the steps of a path do.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    starts: str | None = None
    ends: str | None = None
    group: str | None = None


def _file(name: str, columns: str, key: str, *, group: str | None = None) -> SeedFile:
    listed = tuple(columns.split(","))
    starts = next((column for column in ("valid_from", "effective_from") if column in listed), None)
    return SeedFile(
        f"{name}.csv",
        listed,
        tuple(key.split(",")),
        starts,
        "valid_to" if "valid_to" in listed else None,
        group,
    )


SEED_FILES = {
    seed.name: seed
    for seed in (
        _file(
            "scoring_rules",
            "rule_id,kind,field,operator,value,points,half_life_days,max_count,window_days,valid_from,valid_to,note",
            "rule_id",
        ),
        _file(
            "mql_thresholds",
            "segment,threshold,min_fit,min_engagement,effective_from,accepted_at,accepted_by,suggestion_id,note",
            "segment",
        ),
        _file(
            "qualification_paths",
            "path_id,step,activity_type,min_count,ordered,within_days,min_fit,min_engagement,channel,valid_from,"
            "valid_to,note",
            "path_id,step",
            group="path_id",
        ),
        _file(
            "exclusions",
            "exclusion_id,reason,field,operator,value,valid_from,valid_to",
            "exclusion_id",
            group="exclusion_id",
        ),
        _file("channel_gates", "channel,activity_types,valid_from,valid_to,note", "channel"),
        _file(
            "lifecycle_stages",
            "source,field,value,min_amount,reason_pattern,stage,note",
            "source,field,value",
        ),
        _file(
            "activity_types",
            "source,vendor_type,pattern,activity_type,is_delivery,priority,note",
            "source,vendor_type,pattern",
        ),
    )
}


@dataclass(frozen=True)
class SeedRow:
    """One row. row: number of the data row in its file, from 1. line: where it ends in the text, if known.

    cells: as written, by column in lower case.
    """

    file: str
    row: int
    cells: Mapping[str, str]
    line: int | None = None

    @property
    def seed(self) -> SeedFile:
        return SEED_FILES[self.file]

    @cached_property
    def meaning(self) -> Mapping[str, str]:
        """What the models read: cells with something in them, numbers, flags and days in one spelling.

        Text stays as it is, blanks around it too: the models compare most of it as written.
        """
        return {
            column: _normal(column, cell, self)
            for column, cell in self.cells.items()
            if column not in FREE_TEXT and cell.strip()
        }

    @cached_property
    def digest(self) -> str:
        content = json.dumps([self.file, self.meaning], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.meaning.get(column, "") for column in self.seed.key)

    @cached_property
    def starts_on(self) -> date | None:
        """First day of the validity; None: always, or the file has no dates."""
        return self._day(self.seed.starts)

    @cached_property
    def ends_on(self) -> date | None:
        """First day after the validity; None: open."""
        return self._day(self.seed.ends)

    def _day(self, column: str | None) -> date | None:
        text = self.meaning.get(column) if column else None
        return date.fromisoformat(text) if text else None


def read_seeds(folder: Path, shown: Mapping[str, Path]) -> list[SeedRow]:
    """The rows of all files that decide; a file that does not exist has none.

    shown: where people keep each file, for messages. Raises UsageError for what can't be read.
    """
    return [row for name in SEED_FILES for row in _read(folder / name, shown.get(name, folder / name))]


def _read(path: Path, shown: Path) -> Iterator[SeedRow]:
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip().lower() for name in next(reader, [])]
            number = 0
            for values in reader:
                if not any(value.strip() for value in values):
                    continue
                number += 1
                row = SeedRow(path.name, number, dict(zip(header, values, strict=False)), reader.line_num)
                try:
                    _ = row.digest
                except ValueError as error:
                    raise UsageError(
                        str(error), where=f"{shown}, line {row.line}", fix="correct that cell."
                    ) from error
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"The seed can't be read: {error}", where=str(shown), fix="save it as CSV with commas, in UTF-8."
        ) from error


def _normal(column: str, cell: str, row: SeedRow) -> str:
    text = cell.strip()
    if column in (row.seed.starts, row.seed.ends):
        found = _DATE.fullmatch(text)
        try:
            return date(*map(int, found.groups() if found else ())).isoformat()
        except (ValueError, TypeError) as error:
            raise ValueError(f"{text!r} in column {column} is not a day (YYYY-MM-DD)") from error
    if column in _NUMBERS:
        try:
            return repr(float(text))
        except ValueError as error:
            raise ValueError(f"{text!r} in column {column} is not a number") from error
    if column in _FLAGS and text.lower() in _TRUE | _FALSE:
        return "true" if text.lower() in _TRUE else "false"
    return cell
