"""Which published numbers are defined otherwise than before: another version, wording or setting.

Every run computes all weeks by the definitions in force, so a changed one changes the published past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

MOST_NAMED = 5
_KEY = ("table_name", "metric")
_MEANING = ("basis", "numerator", "denominator", "window", "version", "settings")

Definitions = Mapping[tuple[str, str], Mapping[str, str]]
"""What each metric of each table means, by column; plain words are no part of it."""


@dataclass(frozen=True)
class DefinitionChange:
    """One change, and the metrics it is the same for."""

    subject: str
    detail: str


def read_definitions(marts: duckdb.DuckDBPyConnection) -> Definitions:
    """Those of a marts file; none where it has no register."""
    found = marts.execute(
        """
        select column_name from information_schema.columns
        where table_schema = 'marts' and table_name = 'mart_definitions'
        """
    ).fetchall()
    there = {name for (name,) in found}
    if not there.issuperset(_KEY):
        return {}
    columns = [name for name in _MEANING if name in there]
    selected = ", ".join(f'"{name}"' for name in (*_KEY, *columns))
    rows = marts.execute(f"select {selected} from marts.mart_definitions").fetchall()  # noqa: S608
    return {
        (table, metric): {name: value or "" for name, value in zip(columns, meaning, strict=True)}
        for table, metric, *meaning in rows
    }


def changed_definitions(before: Definitions, after: Definitions) -> list[DefinitionChange]:
    """Of metrics defined in both, by what both tell of them; a new metric restates nothing."""
    metrics = defaultdict(list)
    for table, metric in sorted(before.keys() & after.keys()):
        detail = _detail(before[(table, metric)], after[(table, metric)])
        if detail:
            metrics[(table, detail)].append(metric)
    return [
        DefinitionChange(f"{_named(names)} of {table}", detail) for (table, detail), names in metrics.items()
    ]


def _detail(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    differing = [
        name for name in _MEANING if name in before and name in after and before[name] != after[name]
    ]
    if "version" in differing:
        # A new version says that the words are others; they stand in the register.
        differing = [name for name in differing if name in ("version", "settings")]
    return "; ".join(
        _settings(before[name], after[name])
        if name == "settings"
        else f"{name} {before[name] or 'blank'} → {after[name] or 'blank'}"
        for name in differing
    )


def _settings(before: str, after: str) -> str:
    """horizon_days: lead_to_mql 90 → lead_to_mql 60."""
    old, new = _by_name(before), _by_name(after)
    return "; ".join(
        f"{name}: {_without(old.get(name, ''), new.get(name, ''))} → "
        f"{_without(new.get(name, ''), old.get(name, ''))}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def _by_name(settings: str) -> dict[str, str]:
    parts = (part.partition(": ") for part in settings.split("; ") if part)
    return {name: value for name, _, value in parts}


def _without(value: str, other: str) -> str:
    """The parts of a value that the other does not have."""
    others = other.split(", ")
    return ", ".join(part for part in value.split(", ") if part not in others) or "none"


def _named(metrics: Sequence[str]) -> str:
    more = f" and {len(metrics) - MOST_NAMED} more" if len(metrics) > MOST_NAMED else ""
    return ", ".join(metrics[:MOST_NAMED]) + more
