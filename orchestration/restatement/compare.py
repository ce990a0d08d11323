"""Which rows were changed for days that are published: a pure comparison of two states of the seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from orchestration.restatement.rows import SEED_FILES, SeedRow

Meaning = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """A row that is not for the past what it was. before None: added; after None: removed."""

    before: SeedRow | None
    after: SeedRow | None

    @property
    def row(self) -> SeedRow:
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has a row before or after it")
        return found

    @property
    def file(self) -> str:
        return self.row.file


def changes_of_past(before: Sequence[SeedRow], after: Sequence[SeedRow], published: date) -> list[Change]:
    """What differs for days up to `published`; empty where no decision up to there can differ."""
    found: list[Change] = []
    for name in SEED_FILES:
        old, new = (_past([row for row in rows if row.file == name], published) for rows in (before, after))
        gone, come = _minus(old, new), _minus(new, old)
        found += _pairs(gone, come)
    return found


def seen_until(row: SeedRow, published: date) -> Meaning | None:
    """The row as the days up to `published` know it: an end after them is no end yet, a later row nothing.

    Rows of a file without dates hold always.
    """
    if row.starts_on is not None and row.starts_on > published:
        return None
    still_open = row.ends_on is None or row.ends_on > published
    cells = {
        column: cell for column, cell in row.meaning.items() if column != row.seed.ends or not still_open
    }
    return tuple(sorted(cells.items()))


def _past(rows: Sequence[SeedRow], published: date) -> list[tuple[Meaning, SeedRow]]:
    seen = [(meaning, row) for row in rows if (meaning := seen_until(row, published)) is not None]
    if not rows or rows[0].seed.ends or not rows[0].seed.starts:
        return seen
    # Without an end (thresholds), the lowest row of a day counts: tell the others of that day apart from it.
    last = {(row.key, row.starts_on): row for _, row in seen}
    return [
        (meaning if last[row.key, row.starts_on] is row else (*meaning, ("", "replaced below")), row)
        for meaning, row in seen
    ]


def _minus(
    rows: Iterable[tuple[Meaning, SeedRow]], others: Iterable[tuple[Meaning, SeedRow]]
) -> list[SeedRow]:
    """Rows without an equal among the others; of equal ones as many as there are more."""
    spare: dict[Meaning, int] = defaultdict(int)
    for meaning, _ in others:
        spare[meaning] += 1
    left = []
    for meaning, row in rows:
        if spare[meaning]:
            spare[meaning] -= 1
        else:
            left.append(row)
    return left


def _pairs(gone: Sequence[SeedRow], come: Sequence[SeedRow]) -> Iterator[Change]:
    """Rows of one key belong together, in the order of the files."""
    waiting: dict[tuple[str, ...], list[SeedRow]] = defaultdict(list)
    for row in come:
        waiting[row.key].append(row)
    for row in gone:
        yield Change(row, waiting[row.key].pop(0) if waiting[row.key] else None)
    left = {id(row) for rows in waiting.values() for row in rows}
    yield from (Change(None, row) for row in come if id(row) in left)
