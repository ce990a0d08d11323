"""What people are told about a change for the past: what differs, and how to leave the past alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from orchestration.errors import UsageError
from orchestration.restatement.compare import Change
from orchestration.restatement.mending import Cells, mended
from orchestration.restatement.rows import SEED_FILES, SeedRow
from orchestration.restatement.settings import SettingChange

MOST_SHOWN = 3
AnyChange = Change | SettingChange


def subject(change: AnyChange) -> str:
    """Which row or setting: scoring_rules.csv email_open."""
    if isinstance(change, SettingChange):
        return change.name
    return f"{change.file} {' '.join(part for part in change.row.key if part) or '(every)'}"


def detail(change: AnyChange) -> str:
    """What became of it: points 10 → 20."""
    if isinstance(change, SettingChange):
        return f"{change.before} → {change.after}"
    if change.before is None:
        return f"added{_validity(change.row)}"
    if change.after is None:
        return f"removed{_validity(change.row)}"
    before, after = change.before, change.after
    columns = dict.fromkeys((*before.seed.columns, *before.meaning, *after.meaning))
    said = [
        f"{column} {_shown(before, column)} → {_shown(after, column)}"
        for column in columns
        if before.meaning.get(column) != after.meaning.get(column)
    ]
    return ", ".join(said) or "no longer the lowest row of its day"


def refusal(
    changes: Sequence[AnyChange],
    published: date,
    before: Sequence[SeedRow],
    after: Sequence[SeedRow],
    places: Mapping[str, Path],
) -> UsageError:
    """The refusal of a run that would change the past, with the exact way out.

    before, after: the seeds as published and as they are; places: where people keep each seed, and their
    settings under "".
    """
    shown = changes[:MOST_SHOWN]
    said = "; ".join(f"{_place(change)}: {detail(change)}" for change in shown)
    more = f"; and {len(changes) - MOST_SHOWN} more" if len(changes) > MOST_SHOWN else ""
    first = shown[0]
    if isinstance(first, SettingChange):
        where = f"{places['']}, {first.name}"
    else:
        line = f", line {first.after.line}" if first.after is not None else ""
        where = f"{places.get(first.file, first.file)}{line}"
    fixes = "\n".join(_fixes(shown, published, before, after))
    return UsageError(
        f"Decisions up to {published} are published, and this run would change them: {said}{more}",
        where=where,
        fix=f"{fixes}\n"
        "Or run again with --restate: it changes the past, and decisions.jsonl and the report say so.",
    )


def _fixes(
    changes: Sequence[AnyChange],
    published: date,
    before: Sequence[SeedRow],
    after: Sequence[SeedRow],
) -> list[str]:
    lines = [
        f"set {change.name.replace('.', ': ')}: {change.before} again."
        for change in changes
        if isinstance(change, SettingChange)
    ]
    for name, seed in SEED_FILES.items():
        found = [change for change in changes if isinstance(change, Change) and change.file == name]
        rows = mended(found, before, after, published)
        extra = [_place(change) for change in found if change.before is None]
        if extra and seed.starts is None:
            lines.append(f"remove {', '.join(extra)}.")
        elif found and not rows:
            lines.append(f"remove {', '.join(map(_place, found))}: it would count in the past only.")
        if rows:
            header = _header(name, after, rows)
            dated = (
                "rows keep their past, end or begin after it"
                if seed.starts
                else "it has no days, so its rows stay"
            )
            texts = [",".join(header), *(_csv(row.get(column, "") for column in header) for row in rows)]
            lines.append(f"in {name} write ({dated}):\n" + "\n".join(f"  {text}" for text in texts))
    return lines


def _place(change: AnyChange) -> str:
    if isinstance(change, SettingChange):
        return change.name
    line = f" line {change.after.line}" if change.after is not None else ""
    return f"{change.file}{line} ({' '.join(part for part in change.row.key if part) or 'every'})"


def _validity(row: SeedRow) -> str:
    if row.seed.starts is None:
        return ""
    since = f" valid from {row.starts_on}" if row.starts_on else " valid from the beginning"
    return since + (f" to {row.ends_on}" if row.ends_on else "")


def _shown(row: SeedRow, column: str) -> str:
    cell = row.cells.get(column, "")
    if not cell.strip():
        return "blank"
    return repr(cell) if cell != cell.strip() else cell


def _header(name: str, after: Sequence[SeedRow], rows: Sequence[Cells]) -> list[str]:
    """The columns of the file as it is, and those that the rows need beside them."""
    own = next((list(row.cells) for row in after if row.file == name), list(SEED_FILES[name].columns))
    needed = {column for row in rows for column, cell in row.items() if cell.strip()}
    return own + [column for column in SEED_FILES[name].columns if column in needed and column not in own]


def _csv(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(list(values))
    return text.getvalue()
