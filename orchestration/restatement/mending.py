"""The rows to write instead of a change for the past: old ones end, new ones begin, after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from orchestration.restatement.compare import Change, seen_until
from orchestration.restatement.rows import FREE_TEXT, SeedRow

Cells = Mapping[str, str]
_NUMBERED = re.compile(r"(.*)_(\d+)")


def mended(
    changes: Sequence[Change], before: Sequence[SeedRow], after: Sequence[SeedRow], published: date
) -> list[Cells]:
    """The rows that keep the past of one file and let the changes count from the day after `published`."""
    if not changes:
        return []
    seed = changes[0].row.seed
    old, new = ([row for row in rows if row.file == seed.name] for rows in (before, after))
    if seed.starts is None:
        return [change.before.cells for change in changes if change.before is not None]
    if seed.group is None:
        return [cells for change in changes for cells in _single(change, published)]
    names = list(dict.fromkeys(change.row.meaning.get(seed.group, "") for change in changes))
    taken = {row.meaning.get(seed.group, "") for row in (*old, *new)}
    mended_rows: list[Cells] = []
    for name in names:
        was, now = _of_group(old, name), _of_group(new, name)
        mended_rows += _group(was, now, published, _free_name(name, taken))
    return mended_rows


def _single(change: Change, published: date) -> Iterator[Cells]:
    old, new = change.before, change.after
    if old is None:
        yield from _begun(new, published)
    elif new is None:
        yield _ended(old, published)
        yield from _unset(old, published)
    elif _content(old) != _content(new):
        yield _ended(old, published)
        yield from _begun(new, published)
    else:
        yield from _validity_moved(old, new, published)


def _group(old: Sequence[SeedRow], new: Sequence[SeedRow], published: date, name: str) -> Iterator[Cells]:
    """Rows of one id share their validity, so a new version of a group that has counted takes a new id."""
    counted = [row for row in old if seen_until(row, published) is not None]
    by_key = {row.key: row for row in new}
    if len(counted) == len(new) and all(
        row.key in by_key and _content(row) == _content(by_key[row.key]) for row in counted
    ):
        for row in counted:
            yield from _validity_moved(row, by_key[row.key], published)
        return
    yield from (_ended(row, published) for row in counted)
    for row in new:
        for cells in _begun(row, published):
            yield {**cells, row.seed.group or "": name} if counted else cells


def _validity_moved(old: SeedRow, new: SeedRow, published: date) -> Iterator[Cells]:
    """Only the days differ: the row keeps its own past, its end may move as long as it lies after it."""
    ends = old.seed.ends
    if ends is None:
        yield old.cells
    elif old.ends_on is not None and old.ends_on <= published:
        yield old.cells
        if new.ends_on is None or new.ends_on > published:
            yield from _begun(new, published)
    elif new.ends_on is None or new.ends_on > published:
        yield {**old.cells, ends: new.ends_on.isoformat() if new.ends_on else ""}
    else:
        yield _ended(old, published)


def _ended(row: SeedRow, published: date) -> Cells:
    following = published + timedelta(days=1)
    if row.seed.ends is None or (row.ends_on is not None and row.ends_on <= following):
        return row.cells
    return {**row.cells, row.seed.ends: following.isoformat()}


def _begun(row: SeedRow | None, published: date) -> Iterator[Cells]:
    following = published + timedelta(days=1)
    if row is None or row.seed.starts is None or (row.ends_on is not None and row.ends_on <= following):
        return
    accepted = {column: "" for column in FREE_TEXT - {"note"} if column in row.cells}
    yield {**row.cells, **accepted, row.seed.starts: following.isoformat()}


def _unset(row: SeedRow, published: date) -> Iterator[Cells]:
    """A threshold has no end: a channel's own stops counting by a later row without a threshold."""
    if row.seed.ends is None and row.key != ("global",):
        yield from ({**cells, "threshold": "", "note": ""} for cells in _begun(row, published))


def _content(row: SeedRow) -> Cells:
    days = {row.seed.starts, row.seed.ends}
    return {column: cell for column, cell in row.meaning.items() if column not in days}


def _of_group(rows: Sequence[SeedRow], name: str) -> list[SeedRow]:
    return [row for row in rows if row.meaning.get(row.seed.group or "", "") == name]


def _free_name(name: str, taken: set[str]) -> str:
    found = _NUMBERED.fullmatch(name)
    stem, number = (found[1], int(found[2])) if found else (name, 1)
    while f"{stem}_{number}" in taken or number == 1:
        number += 1
    return f"{stem}_{number}"
