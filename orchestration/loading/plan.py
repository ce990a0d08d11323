"""What will be done with one file: which of its columns fill which column of which raw table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orchestration.loading.profiles import ObjectProfile
from orchestration.loading.recognition import Match
from orchestration.loading.sources import Source


@dataclass(frozen=True)
class Cell:
    """Where a value comes from: a column of the file (of the joined file `join`), or a constant."""

    index: int | None = None
    join: int | None = None
    constant: str | None = None
    values: dict[str, str | None] = field(default_factory=dict)
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Join:
    """Another file whose last record with the same key adds columns."""

    source: Source
    name: str
    on: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class FilePlan:
    """One file to one raw table.

    gathered: JSON columns with the file's columns that fill them, each with its key.
    """

    path: Path
    name: str
    source: Source
    profile: ObjectProfile
    cells: dict[str, Cell]
    unknown: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    time_zone: str | None = None
    mapping_digest: str | None = None
    gathered: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    is_sure: bool = True


def plan_recognised(path: Path, name: str, source: Source, match: Match) -> FilePlan:
    """Plan for a file recognised by its header, which has its key."""
    problems = [source.remark] if source.remark else []
    if match.missing:
        problems.append(f"Columns not in the file, left empty: {', '.join(match.missing)}.")
    unknown = [source.header[index] for index in match.unknown]
    if unknown:
        problems.append(f"Columns the profile does not know, kept in _extra: {', '.join(unknown)}.")
    if match.repeated:
        problems.append(f"Columns given more than once, the first counts: {', '.join(match.repeated)}.")
    cells = {column: Cell(index) for column, index in match.positions.items()}
    for column, value in match.profile.constants.items():
        cells.setdefault(column, Cell(constant=value))
    return FilePlan(
        path,
        name,
        source,
        match.profile,
        cells,
        match.unknown,
        tuple(problems),
        gathered=match.gathered,
        is_sure=match.is_sure,
    )


def missing_key(match: Match, source: Source) -> str:
    """Why a file without its key is not loaded, and what to do."""
    listed = ", ".join(match.missing_key)
    what = f"{match.profile.vendor} {match.profile.object}"
    return (
        f"It is {what} without its key column {listed}; it was not loaded. Export it again with {listed}"
        f" included (its columns: {', '.join(source.header)})."
    )
