"""How many MQLs, SQLs and customers the last complete week brought, against plan and the weeks before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.reporting.statistics import week_p
from orchestration.reporting.tables import ALL, Marts, last_complete_week

STAGES = ("leads", "mqls", "sqls", "opportunities", "customers")
SHOWN = {"mqls": "MQLs", "sqls": "SQLs", "customers": "Customers"}
LABELS = {
    "leads": "New leads",
    "mqls": "MQLs",
    "sqls": "SQLs",
    "opportunities": "Opportunities",
    "customers": "Customers",
}
HISTORY_WEEKS = 13
AVERAGED_WEEKS = 4
UNUSUAL = 0.05
"""A week counts as unusual where chance would bring so much difference in fewer than one of twenty weeks."""

_PERIOD = """
    select week::date, channel, coalesce(leads, 0), coalesce(mqls, 0), coalesce(sqls, 0),
           coalesce(opportunities, 0), coalesce(customers, 0), won_amount
    from marts.mart_funnel_period
    where campaign_id = '(all)' and week::date <= ?
    order by 1, 2
"""
_COLUMNS = "week channel campaign_id leads mqls sqls opportunities customers won_amount"
_PLAN = """
    select metric, weekly from marts.mart_targets
    where (valid_from is null or valid_from::date <= ?) and (valid_to is null or valid_to::date > ?)
      and weekly is not null
    order by valid_from nulls first, metric
"""


@dataclass(frozen=True)
class PeriodWeek:
    """Events that happened in a week, whichever cohort they belong to."""

    monday: date
    counts: dict[str, int]
    won_amount: float | None


class Period:
    """Weekly event counts by channel; a week without a row had no events."""

    def __init__(self, rows: dict[tuple[date, str], PeriodWeek], newest: date) -> None:
        self._rows = rows
        self.newest = newest
        self.oldest = min(monday for monday, _ in rows)
        self.channels = sorted({channel for _, channel in rows if channel != ALL})

    def week(self, monday: date, channel: str = ALL) -> PeriodWeek:
        return self._rows.get((monday, channel)) or PeriodWeek(monday, dict.fromkeys(STAGES, 0), None)

    def before(self, stage: str, weeks: int, channel: str = ALL) -> list[int]:
        """Counts of the weeks before the newest one, oldest first; only weeks the data reach back to."""
        mondays = [self.newest - timedelta(weeks=back) for back in range(weeks, 0, -1)]
        return [self.week(monday, channel).counts[stage] for monday in mondays if monday >= self.oldest]

    def last(self, weeks: int) -> list[PeriodWeek]:
        mondays = [self.newest - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
        return [self.week(monday) for monday in mondays if monday >= self.oldest]


@dataclass(frozen=True)
class Volume:
    stage: str
    label: str
    count: int
    plan: float | None
    week_before: int | None
    average: float | None
    p: float | None
    history: tuple[int, ...]

    @property
    def digits(self) -> int:
        """Small averages need a decimal."""
        return 0 if self.average is None or self.average >= 20 else 1

    @property
    def reading(self) -> str:
        """More or fewer than usual, or nothing that chance would not do."""
        if self.p is None or self.average is None:
            return "too few earlier weeks to compare"
        if self.p >= UNUSUAL:
            return "within the usual range"
        return "more than usual" if self.count > self.average else "fewer than usual"


@dataclass(frozen=True)
class Volumes:
    week: date
    items: tuple[Volume, ...]
    has_plan: bool


def read_period(marts: Marts, as_of_day: date) -> Period | str:
    """Weekly event counts up to the last complete week, or why there are none."""
    gap = marts.gap("mart_funnel_period", _COLUMNS)
    if gap:
        return gap
    newest = last_complete_week(as_of_day)
    rows = {
        (row[0], row[1]): PeriodWeek(row[0], dict(zip(STAGES, map(int, row[2:7]), strict=True)), row[7])
        for row in marts.rows(_PERIOD, [newest])
    }
    return Period(rows, newest) if rows else "no week is complete yet"


def find_volumes(marts: Marts, period: Period | str) -> Volumes | str:
    if isinstance(period, str):
        return period
    plan = _plan(marts, period.newest)
    items = tuple(_volume(period, stage, plan.get(stage)) for stage in SHOWN)
    return Volumes(period.newest, items, has_plan=any(item.plan is not None for item in items))


def _volume(period: Period, stage: str, plan: float | None) -> Volume:
    count = period.week(period.newest).counts[stage]
    before = period.before(stage, AVERAGED_WEEKS)
    is_full = len(before) == AVERAGED_WEEKS
    history = period.before(stage, HISTORY_WEEKS)
    return Volume(
        stage=stage,
        label=SHOWN[stage],
        count=count,
        plan=plan,
        week_before=before[-1] if before else None,
        average=sum(before) / len(before) if is_full else None,
        p=week_p(count, before, history) if is_full else None,
        history=(*history[-12:], count),
    )


def _plan(marts: Marts, monday: date) -> dict[str, float]:
    """Weekly plan in force on the week's Monday; `MQL`, `mqls` and `Mql` all name the same thing."""
    if not marts.has("mart_targets", "metric valid_from valid_to weekly"):
        return {}
    found = marts.rows(_PLAN, [monday, monday])
    return {str(metric).strip().lower().rstrip("s") + "s": float(weekly) for metric, weekly in found}
