"""What was decided and published before, and is different now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from orchestration.reporting.tables import Marts
from orchestration.reporting.words import count, number, plain

DAYS = 7
MOST_NAMED = 3

_ROWS = """
    select as_of, case when kind in ('seed', 'setting') then 'rules' else kind end as cause, subject, detail,
           episodes_before, episodes_after, episodes_changed
    from marts.mart_restatements
    where as_of > ? and as_of <= ? and (kind in ('seed', 'setting', 'definition') or episodes_changed > 0)
    order by as_of desc, restatement_number
"""
_COLUMNS = "restatement_number as_of kind subject detail episodes_before episodes_after episodes_changed"
_WHY = {
    "rules": "Changed for the past on request (--restate)",
    "definition": "A definition, or a setting it stands on, is another one",
    "identity": "Records turned out to be one person, or two",
    "deletion": "Records were deleted at their source",
    "late rows": "Rows became known late, or something outside the guarded rules changed",
}


@dataclass(frozen=True)
class Restated:
    """One cause on one day. what: the rules, definitions or leads; effect: what differs for it."""

    as_of: date
    why: str
    what: str
    effect: str


def find_restated(marts: Marts, as_of_day: date) -> tuple[Restated, ...]:
    """Of the week up to the as-of day; empty where nothing was restated."""
    if not marts.has("mart_restatements", _COLUMNS):
        return ()
    rows = marts.rows(_ROWS, [as_of_day - timedelta(days=DAYS), as_of_day])
    # The rules of one run share their counts; those of two runs on one day do not.
    runs = groupby(rows, key=lambda row: (row[0], row[1], row[4:]))
    return tuple(_restated(as_of, cause, list(group)) for (as_of, cause, _), group in runs)


def _restated(as_of: date, cause: str, rows: list[tuple[Any, ...]]) -> Restated:
    named = [f"{plain(row[2])}: {plain(row[3])}" for row in rows[:MOST_NAMED]]
    if len(rows) > MOST_NAMED:
        named.append(f"and {len(rows) - MOST_NAMED} more")
    before, after, changed = rows[0][4:]
    effect = "All weeks are counted anew"
    if cause != "definition":
        effect = f"{count(changed, 'MQL')} changed; {number(before)} before, {number(after)} now"
    return Restated(as_of, _WHY.get(cause, plain(cause)), "; ".join(named), effect)
