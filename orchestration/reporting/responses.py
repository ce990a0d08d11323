"""How fast sales calls or meets whom it is given: past due, in time, and who is slower than the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.reporting.statistics import Counts, Rate, compare
from orchestration.reporting.tables import ALL, NONE, Marts
from orchestration.reporting.words import channel as channel_name
from orchestration.reporting.words import name
from orchestration.settings import Settings

LEAST_DUE = 10
"""Owners and channels with fewer hand-offs due tell nothing about themselves."""

MOST_ROWS = 4
"""Of owners and of channels each."""

Verdict = Literal["slower", "faster", "can't tell"]

_ROWS = """
    select owner, owner_name, channel, handed_off, due, in_time, past_due, decided_untouched,
           median_response_hours
    from marts.mart_sla
    where period = 'recent' and response_band = '(all)' and (owner = '(all)' or channel = '(all)')
    order by owner, channel
"""
_COLUMNS = (
    "period owner owner_name channel response_band handed_off due in_time past_due decided_untouched "
    "median_response_hours"
)


@dataclass(frozen=True)
class Answers:
    """Hand-offs of one owner, of one channel, or all: how they were answered."""

    label: str
    handed_off: int
    due: int
    in_time: int
    past_due: int
    undocumented: int
    median_hours: float | None
    verdict: Verdict = "can't tell"

    @property
    def rate(self) -> Rate | None:
        """In time, of those whose answer to the target is known."""
        return Rate(self.in_time, self.due) if self.due else None


@dataclass(frozen=True)
class Responses:
    together: Answers
    owners: tuple[Answers, ...]
    channels: tuple[Answers, ...]
    days: int
    target_hours: float

    @property
    def least(self) -> int:
        return LEAST_DUE


def find_responses(marts: Marts, settings: Settings) -> Responses | str:
    """The recent hand-offs, worst first, or why there is nothing to say."""
    gap = marts.gap("mart_sla", _COLUMNS)
    if gap:
        return gap
    days = settings.calibration.delay_window_days
    found = marts.rows(_ROWS)
    together = next((row for row in found if row[0] == ALL and row[2] == ALL), None)
    if together is None:
        return f"sales was given no lead in the last {days} days"
    return Responses(
        together=_answers("All", together),
        owners=_worst((_owner(row), row) for row in found if row[0] != ALL),
        channels=_worst((channel_name(row[2]), row) for row in found if row[2] != ALL),
        days=days,
        target_hours=settings.response_target_hours,
    )


def _owner(row: tuple[Any, ...]) -> str:
    owner, owner_name = row[:2]
    return "owner not known" if owner == NONE else name(owner_name or owner)


def _answers(label: str, row: tuple[Any, ...], verdict: Verdict = "can't tell") -> Answers:
    handed_off, due, in_time, past_due, undocumented = (int(value or 0) for value in row[3:8])
    return Answers(label, handed_off, due, in_time, past_due, undocumented, row[8], verdict)


def _worst(found: Iterable[tuple[str, tuple[Any, ...]]]) -> tuple[Answers, ...]:
    """Those with enough hand-offs due, the fewest in time first; each judged against all others."""
    named = list(found)
    counts = {
        str(place): Counts(answers.in_time, answers.due, answers.due)
        for place, answers in ((place, _answers(label, row)) for place, (label, row) in enumerate(named))
        if answers.due
    }
    judged = compare(counts, LEAST_DUE)
    total = sum(counts.values(), start=Counts(0, 0, 0.0))
    rows = []
    for place, (_, differs) in judged.items():
        own = counts[place]
        is_slower = own.rate.value < (total - own).rate.value
        rows.append(
            _answers(
                *named[int(place)],
                verdict="can't tell" if not differs else "slower" if is_slower else "faster",
            )
        )
    rows.sort(
        key=lambda row: (row.in_time / row.due, -row.past_due / row.due, -(row.median_hours or 0), row.label)
    )
    return tuple(rows[:MOST_ROWS])
