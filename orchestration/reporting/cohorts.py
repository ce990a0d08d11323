"""Weekly MQL cohorts: what converted, how much of it can be seen by now, and on which basis.

The band is judged on MQLs that were qualified by score (or recorded by the CRM) and handed to sales, explored
ones left out. All MQLs and those that came by a qualification path stand beside it, never mixed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from orchestration.reporting.statistics import Rate
from orchestration.reporting.tables import ALL, Marts
from orchestration.settings import Settings

LEAST_SEEN = 0.15
"""Cohorts of which less than this share can be seen are too young for any statement."""

Kind = Literal["judged", "path", "all"]

_WEEKLY = """
    select cohort_week::date, channel, entered, converted, converted_within_horizon, completeness,
           coalesce(is_matured, false), rate_to_date, rate_matured, rate_projected, projected_low,
           projected_high
    from marts.mart_conversion_weekly
    where step = 'mql_to_sql' and campaign_id = '(all)' and entered > 0 and cohort_week::date <= ?
    order by 1, 2
"""
_WEEKLY_COLUMNS = (
    "cohort_week channel campaign_id step entered converted converted_within_horizon completeness is_matured "
    "rate_to_date rate_matured rate_projected projected_low projected_high"
)

_EPISODES = """
    with explored as ({explored}),
    episodes as (
        select mql_week::date as monday, coalesce(channel, '(none)') as channel, outcome = 'sql' as is_sql,
               qualified_by like 'path:%' as is_path, mql_at, outcome_at, {date_only},
               (mql_at at time zone 'UTC' at time zone $zone)::date as mql_local,
               (outcome_at at time zone 'UTC' at time zone $zone)::date as sql_local
        from marts.fct_mql_episodes
        where mql_week::date <= $as_of_day
          and (qualified_by like 'path:%'
               or (handed_off_at is not null and mql_episode_id not in (from explored)))
    ),
    judged as (
        -- Where either time is only a date, days are compared, as everywhere.
        select *, if(
            mql_is_date or sql_is_date,
            if(sql_is_date, outcome_at::date, sql_local)
                - if(mql_is_date, mql_at::date, mql_local) <= $horizon,
            outcome_at <= mql_at + to_days($horizon)
        ) as is_within
        from episodes
    )
    select monday, channel, is_path, count(*), count(*) filter (where is_sql and is_within),
           count(*) filter (where is_sql)
    from judged
    group by 1, 2, 3
    order by 1, 2, 3
"""
_DATE_ONLY = """
               coalesce(mql_at_is_date_only, false) as mql_is_date,
               coalesce(sql_at_is_date_only, false) as sql_is_date
"""
_EXACT_TIMES = "false as mql_is_date, false as sql_is_date"
_EXPLORED = "select mql_episode_id from marts.fct_handoffs where is_explored and mql_episode_id is not null"
_QUALIFIED = """
    select distinct qualified_by from marts.fct_mql_episodes
    where handed_off_at is not null and qualified_by in ('recorded', 'score') order by 1 desc
"""
_WAYS = {"score": "qualified by score", "recorded": "marked in the CRM"}
_NONE_EXPLORED = "select null where false"


@dataclass(frozen=True)
class Week:
    """What mart_conversion_weekly says about all MQLs of a week."""

    monday: date
    entered: int
    converted: int
    seen: float
    is_final: bool
    so_far: float | None
    final: float | None
    expected: float | None
    expected_low: float | None
    expected_high: float | None

    @property
    def is_readable(self) -> bool:
        return self.is_final or self.seen >= LEAST_SEEN


@dataclass(frozen=True)
class Row:
    """One cohort: so far, and final or expected final; None where there is nothing to say."""

    week: Week
    so_far: Rate | None
    rate: Rate | None


@dataclass
class _Cell:
    entered: int = 0
    within: int = 0
    so_far: int = 0


class Cohorts:
    """Cells of week x channel x kind that can be pooled into rates."""

    def __init__(
        self, weeks: list[Week], cells: dict[tuple[date, str, Kind], _Cell], horizon: int, qualified: str
    ) -> None:
        self.weeks = weeks
        self.horizon = horizon
        self._qualified = qualified
        self._cells = cells
        self.judges_handed = any(kind == "judged" for _, _, kind in cells)
        self.channels = sorted({channel for _, channel, _ in cells if channel != ALL})

    @property
    def kind(self) -> Kind:
        """What the band is judged on: all MQLs only where hand-offs are not recorded."""
        return "judged" if self.judges_handed else "all"

    @property
    def basis(self) -> str:
        return f"MQLs {self._qualified} and handed to sales" if self.judges_handed else "all MQLs"

    def final_weeks(self, newest: int, kind: Kind | None = None, before: date | None = None) -> list[Week]:
        """The newest final weeks that have at least one MQL, oldest first."""
        kind = kind or self.kind
        found = [w for w in self.weeks if w.is_final and (w.monday, ALL, kind) in self._cells]
        return [w for w in found if before is None or w.monday < before][-newest:]

    def open_weeks(self) -> list[Week]:
        """Weeks not final yet, but old enough for an expected final."""
        return [w for w in self.weeks if not w.is_final and w.is_readable]

    def pool(self, weeks: Iterable[Week], channel: str = ALL, kind: Kind | None = None) -> Rate | None:
        """One rate over several cohorts, each counting as much as of it can be seen."""
        converted, entered, exposure = 0, 0, 0.0
        for w in weeks:
            cell = self._cells.get((w.monday, channel, kind or self.kind))
            if cell is not None and w.is_readable:
                converted += cell.within
                entered += cell.entered
                exposure += cell.entered * (1.0 if w.is_final else w.seen)
        return Rate(converted, entered, exposure / entered) if entered else None

    def newest(self, weeks: int) -> list[Row]:
        """The newest cohorts one by one, newest first."""
        shown = reversed(self.weeks[-weeks:])
        return [Row(w, self.so_far(w), self.pool([w])) for w in shown]

    def so_far(self, w: Week, kind: Kind | None = None) -> Rate | None:
        """Conversions up to the as-of day over MQLs, of whatever age."""
        cell = self._cells.get((w.monday, ALL, kind or self.kind))
        return Rate(cell.so_far, cell.entered) if cell is not None else None


def read_cohorts(marts: Marts, as_of_day: date, settings: Settings) -> Cohorts | str:
    """The cohorts, or why there are none."""
    gap = marts.gap("mart_conversion_weekly", _WEEKLY_COLUMNS)
    if gap:
        return gap
    weeks: list[Week] = []
    cells: dict[tuple[date, str, Kind], _Cell] = {}
    for monday, channel, entered, converted, within, seen, is_final, *rates in marts.rows(
        _WEEKLY, [as_of_day]
    ):
        cells[monday, channel, "all"] = _Cell(entered, converted if within is None else within, converted)
        if channel == ALL:
            weeks.append(Week(monday, entered, converted, seen or 0.0, is_final, *rates))
    if not weeks:
        return "no MQL has been recorded up to this day"
    qualified = _add_handed(marts, cells, as_of_day, settings)
    return Cohorts(weeks, cells, settings.horizon_days.mql_to_sql, qualified)


def _add_handed(
    marts: Marts, cells: dict[tuple[date, str, Kind], _Cell], as_of_day: date, settings: Settings
) -> str:
    """Adds the judged and the path MQLs; returns how the judged ones became MQL, in words."""
    needed = "mql_episode_id channel qualified_by mql_at mql_week handed_off_at outcome outcome_at"
    if not marts.has("fct_mql_episodes", needed):
        return ""
    has_explored = marts.has("fct_handoffs", "mql_episode_id is_explored")
    has_flags = marts.has("fct_mql_episodes", "mql_at_is_date_only sql_at_is_date_only")
    sql = _EPISODES.replace("{date_only}", _DATE_ONLY if has_flags else _EXACT_TIMES)
    sql = sql.replace("{explored}", _EXPLORED if has_explored else _NONE_EXPLORED)
    values = {
        "zone": settings.time_zone,
        "as_of_day": as_of_day,
        "horizon": settings.horizon_days.mql_to_sql,
    }
    for monday, channel, is_path, entered, within, so_far in marts.rows(sql, values):
        for key in (channel, ALL):
            cell = cells.setdefault((monday, key, "path" if is_path else "judged"), _Cell())
            cell.entered += entered
            cell.within += within
            cell.so_far += so_far
    ways = [_WAYS[row[0]] for row in marts.rows(_QUALIFIED)]
    return " or ".join(ways)
