"""From a mapping and the files that are there to plans."""

from __future__ import annotations

from fnmatch import fnmatch

from orchestration.errors import DataError
from orchestration.loading.mapping import Cells, MappedCell, MappedFile, MappedJoin, Mapping
from orchestration.loading.naming import normal
from orchestration.loading.plan import Cell, FilePlan, Join
from orchestration.loading.profiles import entities
from orchestration.loading.sources import Source


def plan_mapped(rules: Mapping, sources: dict[str, Source]) -> tuple[list[FilePlan], dict[str, str]]:
    """Plans of the mapped files, and all files the mapping uses, remarking those that only add columns."""
    plans: list[FilePlan] = []
    used: dict[str, str] = {}
    for entry in rules.files:
        for name in _matching(entry.file, sources):
            plans.append(_plan(entry, name, sources, rules.time_zone))
            used[name] = ""
    for entry in rules.files:
        for join in entry.join:
            for name in _matching(join.file, sources):
                used.setdefault(name, f"Only adds columns to {entry.entity}; not counted by itself.")
    for pattern in rules.ignore:
        for name in _matching(pattern, sources):
            used.setdefault(name, "The mapping says to ignore it.")
    return plans, used


def _plan(entry: MappedFile, name: str, sources: dict[str, Source], time_zone: str | None) -> FilePlan:
    source = sources[name]
    cells = _cells(entry.columns, entry, source, name)
    joins: list[Join] = []
    problems: list[str] = []
    for rule in entry.join:
        found = _matching(rule.file, sources)
        if not found:
            problems.append(f"No file {rule.file!r} is there; {', '.join(rule.columns)} stay empty.")
            continue
        cells |= _cells(rule.columns, entry, sources[_only(found, rule)], found[0], join=len(joins))
        joins.append(_join(rule, source, name, sources[found[0]], found[0]))
    used = {cell.index for cell in cells.values() if cell.join is None}
    used |= {own for join in joins for own, _ in join.on}
    unknown = tuple(index for index in range(len(source.header)) if index not in used)
    if unknown:
        listed = ", ".join(source.header[index] for index in unknown)
        problems.append(f"Columns the mapping does not use, kept in _extra: {listed}.")
    zone = entry.time_zone or time_zone
    return FilePlan(
        source.path,
        name,
        source,
        entities()[entry.entity],
        cells,
        unknown,
        tuple(problems),
        tuple(joins),
        zone,
        entry.digest(zone),
    )


def _matching(pattern: str, sources: dict[str, Source]) -> list[str]:
    """Files whose path or plain name fits the pattern, in any case; an exact name comes first."""
    wanted = pattern.casefold()
    forms = {name: (name.casefold(), name.rsplit("/", 1)[-1].casefold()) for name in sources}
    exact = [name for name, both in forms.items() if wanted in both]
    return exact or [name for name, both in forms.items() if any(fnmatch(form, wanted) for form in both)]


def _only(found: list[str], rule: MappedJoin) -> str:
    if len(found) > 1:
        raise DataError(
            f"The mapping joins {rule.file!r}, but several files fit: {', '.join(found)}",
            where=", ".join(found),
            fix="make the pattern fit one file, or put the files together.",
        )
    return found[0]


def _join(rule: MappedJoin, source: Source, name: str, other: Source, other_name: str) -> Join:
    on = tuple(
        (_position(own, source, name), _position(theirs, other, other_name))
        for own, theirs in rule.match.items()
    )
    return Join(other, other_name, on)


def _cells(
    columns: Cells, entry: MappedFile, source: Source, name: str, join: int | None = None
) -> dict[str, Cell]:
    return {field: _cell(rule, entry, source, name, join) for field, rule in columns.items()}


def _cell(rule: MappedCell, entry: MappedFile, source: Source, name: str, join: int | None) -> Cell:
    index = None if rule.column is None else _position(rule.column, source, name)
    return Cell(index, join, rule.value, rule.values, rule.date_formats or entry.date_formats)


def _position(column: str, source: Source, name: str) -> int:
    wanted = normal(column)
    for index, header in enumerate(source.header):
        if normal(header) == wanted:
            return index
    raise DataError(
        f"The mapping names the column {column!r}, which {name} does not have",
        where=name,
        fix=f"correct the mapping; columns of the file: {', '.join(source.header)}.",
    )
