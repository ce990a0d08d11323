"""What the coming weeks should bring, and how often such forecasts have held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.reporting.tables import Marts
from orchestration.reporting.words import plain

SHOWN_WEEKS = 4
MEASURES = {"sqls": "SQLs", "customers": "Customers", "revenue": "Won amount"}

_COMING = """
    select week::date, measure, expected, low, high, reason
    from marts.mart_forecast
    where kind = 'coming' and forecast_on::date = ? and weeks_ahead <= ?
    order by 1, 2
"""
_HELD = """
    select measure, count(*) filter (is_inside), count(is_inside)
    from marts.mart_forecast
    where kind = 'past' and weeks_ahead <= ? and week::date + 6 <= ?
    group by 1
"""
_COLUMNS = "kind forecast_on measure week weeks_ahead expected low high is_inside reason"


@dataclass(frozen=True)
class Expected:
    """A number of a coming week and its 80 % interval."""

    value: float
    low: float
    high: float

    @property
    def digits(self) -> int:
        """Small means are between whole numbers."""
        return 1 if self.value < 20 else 0


@dataclass(frozen=True)
class Held:
    """How many past forecasts of a week held what came."""

    inside: int
    judged: int

    @property
    def share(self) -> float:
        return self.inside / self.judged


@dataclass(frozen=True)
class Measure:
    label: str
    weeks: tuple[Expected | None, ...]
    held: Held | None
    why_not: str | None


@dataclass(frozen=True)
class Coming:
    """Measures side by side over the same weeks."""

    weeks: tuple[date, ...]
    measures: tuple[Measure, ...]

    @property
    def ahead(self) -> int:
        return len(self.weeks)


def find_coming(marts: Marts, as_of_day: date) -> Coming | str:
    """The next weeks as forecast on the as-of day, or why there are none."""
    gap = marts.gap("mart_forecast", _COLUMNS)
    if gap:
        return gap
    found = {
        (week, measure): (expected, low, high, reason)
        for week, measure, expected, low, high, reason in marts.rows(_COMING, [as_of_day, SHOWN_WEEKS])
    }
    if not found:
        return "the forecast was made for another day"
    weeks = tuple(sorted({week for week, _ in found}))
    held = {
        measure: Held(inside, judged)
        for measure, inside, judged in marts.rows(_HELD, [SHOWN_WEEKS, as_of_day])
        if judged
    }
    measures = []
    for measure, label in MEASURES.items():
        rows = [found.get((week, measure), (None, None, None, None)) for week in weeks]
        why = next((plain(reason) for *_, reason in rows if reason), None)
        expected = tuple(_expected(*numbers) for *numbers, _ in rows)
        measures.append(Measure(label, expected, held.get(measure), why))
    if not any(number for measure in measures for number in measure.weeks):
        return next((m.why_not for m in measures if m.why_not), "the table mart_forecast has no numbers")
    return Coming(weeks, tuple(measures))


def _expected(value: float | None, low: float | None, high: float | None) -> Expected | None:
    return None if value is None or low is None or high is None else Expected(value, low, high)
