"""What will be done with one file: which of its columns fill which column of which raw table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orchestration.errors import DataError
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
    """One file to one raw table. `identity`: the hash that says whether it has been loaded before."""

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


def plan_recognised(path: Path, name: str, source: Source, match: Match) -> FilePlan:
    """Plan for a file recognised by its header. Raises DataError where a key column is missing."""
    profile = match.profile
    if match.missing_key:
        listed = ", ".join(match.missing_key)
        raise DataError(
            f"The {profile.vendor} {profile.object} extract lacks its key column {listed}",
            where=name,
            fix=f"export it again with {listed} included (its columns: {', '.join(source.header)}),"
            " or take the file away.",
        )
    problems = []
    if match.missing:
        problems.append(f"Columns not in the file, left empty: {', '.join(match.missing)}.")
    unknown = [source.header[index] for index in match.unknown]
    if unknown:
        problems.append(f"Columns the profile does not know, kept in _extra: {', '.join(unknown)}.")
    if match.repeated:
        problems.append(f"Columns given more than once, the first counts: {', '.join(match.repeated)}.")
    return FilePlan(
        path,
        name,
        source,
        profile,
        {column: Cell(index) for column, index in match.positions.items()},
        match.unknown,
        tuple(problems),
    )
