"""The threshold curve and the decision asked, as the calibration of this as-of wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from orchestration.asof import end_of_day
from orchestration.reporting.tables import Marts
from orchestration.reporting.words import name, plain, points
from orchestration.settings import Settings

GLOBAL = "global"

_CURVE = """
    select threshold, rate, rate_low, rate_high, mqls_per_week, sqls_per_week, coalesce(is_identified, false)
    from marts.mart_threshold_curve
    where as_of > ? and as_of <= ? and segment = 'global' and threshold is not null and rate is not null
    order by threshold
"""
_CURVE_COLUMNS = "as_of segment threshold rate rate_low rate_high mqls_per_week sqls_per_week is_identified"
_SUGGESTION_COLUMNS = (
    "suggestion_id decision decided_by decision_note as_of segment current_threshold suggested_threshold "
    "equivalent_low equivalent_high status reasons rate_now rate_now_low rate_now_high rate_after "
    "rate_after_low rate_after_high p_in_band_now p_in_band_after mqls_per_week_now "
    "mqls_per_week_after sqls_per_week_now sqls_per_week_after worst_case_rate is_identified "
    "handed_off_leads sqls splits_off settings_hash"
)
# The ledger keeps every suggestion; of several for one day, the last one made with today's settings counts.
_SUGGESTIONS = """
    select suggestion_id, decision, decided_by, decision_note, segment, current_threshold,
           suggested_threshold, equivalent_low, equivalent_high, status, reasons, rate_now, rate_now_low,
           rate_now_high, rate_after, rate_after_low, rate_after_high, p_in_band_now, p_in_band_after,
           mqls_per_week_now, mqls_per_week_after, sqls_per_week_now, sqls_per_week_after, worst_case_rate,
           is_identified, handed_off_leads, sqls, coalesce(splits_off, false)
    from marts.mart_threshold_suggestions
    where as_of > ? and as_of <= ?
    qualify row_number() over (
        partition by segment order by coalesce(settings_hash = ?, false) desc, rowid desc
    ) = 1
    order by segment <> 'global', segment
"""


@dataclass(frozen=True)
class Suggestion:
    """A row of mart_threshold_suggestions."""

    suggestion_id: str
    decision: str | None
    decided_by: str | None
    decision_note: str | None
    segment: str
    current: float
    suggested: float
    equivalent_low: float | None
    equivalent_high: float | None
    status: str
    reasons: tuple[str, ...]
    rate_now: float | None
    rate_now_low: float | None
    rate_now_high: float | None
    rate_after: float | None
    rate_after_low: float | None
    rate_after_high: float | None
    p_now: float | None
    p_after: float | None
    mqls_now: float | None
    mqls_after: float | None
    sqls_now: float | None
    sqls_after: float | None
    worst_case: float | None
    is_tested: bool | None
    handed_off: int | None
    sqls: int | None
    splits_off: bool

    @property
    def has_range(self) -> bool:
        """Whether other thresholds are as good as the suggested one."""
        return (
            self.equivalent_low is not None
            and self.equivalent_high is not None
            and self.equivalent_low < self.equivalent_high
        )

    @property
    def is_change(self) -> bool:
        return abs(self.suggested - self.current) > 1e-9


@dataclass(frozen=True)
class CurvePoint:
    threshold: float
    rate: float
    low: float | None
    high: float | None
    mqls: float | None
    sqls: float | None
    is_tested: bool


@dataclass(frozen=True)
class Curve:
    points: tuple[CurvePoint, ...]

    @property
    def tested_from(self) -> float | None:
        """The lowest threshold from which on every point is tested; None where nothing is."""
        lowest = None
        for point in reversed(self.points):
            if not point.is_tested:
                break
            lowest = point.threshold
        return lowest

    @property
    def untested_text(self) -> str:
        return "not tested" if self.tested_from is None else f"not tested below {points(self.tested_from)}"

    @property
    def has_untested(self) -> bool:
        return any(not point.is_tested for point in self.points)


def read_suggestions(marts: Marts, as_of_day: date, settings: Settings) -> tuple[Suggestion, ...] | str:
    """The suggestions of this as-of, global first, or why there are none."""
    gap = marts.gap("mart_threshold_suggestions", _SUGGESTION_COLUMNS)
    if gap:
        return gap
    found = []
    for row in marts.rows(_SUGGESTIONS, [*_window(as_of_day, settings), settings.digest()]):
        values: list[Any] = list(row)
        values[4] = name(values[4])
        values[10] = _reasons(values[10])
        found.append(Suggestion(*values))
    return tuple(found) or "the calibration has not run for this day"


def read_curve(marts: Marts, as_of_day: date, settings: Settings) -> Curve | str:
    """The curve of this as-of, or why there is none."""
    gap = marts.gap("mart_threshold_curve", _CURVE_COLUMNS)
    if gap:
        return gap
    rows = marts.rows(_CURVE, _window(as_of_day, settings))
    return (
        Curve(tuple(CurvePoint(*row) for row in rows))
        if rows
        else "the calibration has drawn no curve for this day"
    )


def _window(as_of_day: date, settings: Settings) -> list[datetime]:
    """As-of instants that mean this day: from just after its beginning to its (exclusive) end."""
    return [end_of_day(as_of_day - timedelta(days=1), settings.zone), end_of_day(as_of_day, settings.zone)]


def _reasons(value: object) -> tuple[str, ...]:
    """Reasons as a list of texts, whether the table holds a list or one text."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(plain(item) for item in items if item)
