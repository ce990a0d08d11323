"""Marts and ledger in, alarms and outcomes out; raised alarms are recorded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from orchestration.alarms.delays import PRACTICAL, DelayDrift, judge_delays
from orchestration.alarms.level import EVIDENCE, Level, Seen, judge_level
from orchestration.alarms.outcomes import COLUMNS as OUTCOME_COLUMNS
from orchestration.alarms.outcomes import Came, find_stretch, judge, timeline
from orchestration.calibration import ledger
from orchestration.calibration.delay import fit_delay
from orchestration.calibration.inputs import HandOffs, clean_handoffs
from orchestration.calibration.instants import as_of_end
from orchestration.calibration.levels import TOLERANCE
from orchestration.mart_tables import read_frame, write_rows
from orchestration.settings import Settings

SEGMENT = "global"
LEVEL, DELAYS = "rate_left_band", "delays_changed"
ALARMS = (LEVEL, DELAYS)
ALL_DAYS = 36_500
WEEK = pd.Timedelta(weeks=1)

#: column -> DuckDB type of mart_calibration_alarms
ALARM_COLUMNS: dict[str, str] = {
    "as_of": "TIMESTAMP",
    "alarm": "VARCHAR",
    "segment": "VARCHAR",
    "state": "VARCHAR",
    "since": "TIMESTAMP",
    "looked_at": "TIMESTAMP",
    "watched_from": "TIMESTAMP",
    "direction": "VARCHAR",
    "statistic": "DOUBLE",
    "alarm_limit": "DOUBLE",
    "p_value": "DOUBLE",
    "value": "DOUBLE",
    "value_low": "DOUBLE",
    "value_high": "DOUBLE",
    "reference_low": "DOUBLE",
    "reference_high": "DOUBLE",
    "n": "BIGINT",
    "sqls": "BIGINT",
    "reason": "VARCHAR",
}

_HANDOFFS = """
select
    lead_id,
    channel,
    peak_score as score,
    handed_off_at,
    sql_at,
    coalesce(sql_known_at, sql_at) as sql_known_at,
    closed_at,
    coalesce(closed_known_at, closed_at) as closed_known_at,
    coalesce(is_explored, false) as explored
from marts.fct_handoffs
where handed_off_at < $as_of and (qualified_by in ('score', 'recorded') or is_explored)
order by handed_off_at, handoff_id
"""
_HISTORY = """
select segment, threshold, effective_from, effective_to, accepted_by, suggestion_id
from marts.mart_threshold_history
where effective_from is null or effective_from < $as_of
order by effective_from nulls first
"""


@dataclass(frozen=True)
class Watched:
    """What the watch reads. handoffs: judged or explored ones, with when their outcomes became known.
    history: thresholds by segment and period, oldest first.
    """

    handoffs: pd.DataFrame
    history: list[dict[str, Any]]

    def known(self, at: pd.Timestamp, settings: Settings, segment: str = SEGMENT) -> HandOffs:
        """The hand-offs of a segment as known before `at`."""
        own = self.handoffs["handed_off_at"] < at
        if segment != SEGMENT:
            own &= self.handoffs["channel"] == segment
        then = self.handoffs[own]
        frame = then.assign(
            sql_at=then["sql_at"].where(then["sql_known_at"] < at),
            closed_at=then["closed_at"].where(then["closed_known_at"] < at),
        )
        return clean_handoffs(frame, at, settings.zone, ALL_DAYS)

    def in_force_since(self, at: pd.Timestamp) -> pd.Timestamp | None:
        """When the threshold in force at `at` began; None: there are no hand-offs."""
        began = [row["effective_from"] for row in self.history if row["segment"] == SEGMENT]
        starts = [pd.Timestamp(start) for start in began if not pd.isna(start) and pd.Timestamp(start) < at]
        if starts:
            return max(starts)
        first = self.handoffs["handed_off_at"].min()
        return None if pd.isna(first) else pd.Timestamp(first)


@dataclass(frozen=True)
class Look:
    """What one weekly look finds for one alarm; None in `columns` where there is too little."""

    is_alarm: bool
    columns: dict[str, Any] | None


def read_watched(marts: duckdb.DuckDBPyConnection, as_of: pd.Timestamp) -> Watched:
    """Raises DataError where a table or column is missing."""
    values = {"as_of": as_of.to_pydatetime()}
    handoffs, history = (read_frame(marts, sql, values, reader="the watch") for sql in (_HANDOFFS, _HISTORY))
    rows = [{str(name): value for name, value in row.items()} for row in history.to_dict("records")]
    return Watched(handoffs, rows)


def last_look(day: date) -> date:
    """The newest Sunday up to a day: the watch looks once a week, whatever day the run is for."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def look_at_level(watched: Watched, at: pd.Timestamp, settings: Settings) -> Look:
    """The rate of judged hand-offs since the threshold in force began, as known before `at`."""
    began = watched.in_force_since(at)
    if began is None:
        return Look(False, None)
    found = watched.known(at, settings)
    knobs, horizon = settings.calibration, settings.horizon_days.mql_to_sql
    shares = fit_delay(found.age, found.lag, horizon=horizon, window=knobs.delay_window_days).shares()
    days = (at - began) / pd.Timedelta(days=1)
    used = ~found.explored & (shares >= knobs.min_completeness) & (found.age <= days)
    seen = Seen(
        week=((days - found.age[used]) // 7).astype(np.int64),
        converted=(found.lag <= np.minimum(found.age, horizon))[used],
        share=shares[used],
    )
    level = judge_level(seen, settings.band)
    if level is None:
        return Look(False, None)
    left = began + level.from_week * WEEK
    n, sqls = seen.week.size, int(seen.converted.sum())
    return Look(
        level.is_alarm,
        {
            "watched_from": began,
            "direction": level.side if level.is_alarm else None,
            "statistic": level.evidence,
            "alarm_limit": EVIDENCE,
            "value": level.rate,
            "value_low": level.low,
            "value_high": level.high,
            "reference_low": settings.band.low,
            "reference_high": settings.band.high,
            "n": n,
            "sqls": sqls,
            "reason": _level_text(level, seen, left, settings),
        },
    )


def _level_text(level: Level, seen: Seen, left: pd.Timestamp, settings: Settings) -> str:
    band = f"{settings.band.low:.0%} to {settings.band.high:.0%}"
    if not level.is_alarm:
        return (
            f"No sign that the expected final MQL to SQL rate has left the band of {band}: {level.rate:.1%} "
            f"({level.low:.1%} to {level.high:.1%}) since the threshold began."
        )
    part = seen.week >= level.from_week
    rate = min(1.0, float(seen.converted[part].sum() / seen.share[part].sum()))
    return (
        f"The MQL to SQL rate has left the band of {band}: it is {level.side} it. Of {int(part.sum()):,} "
        f"hand-offs since about {left.tz_localize('UTC').tz_convert(settings.zone):%Y-%m-%d}, "
        f"{int(seen.converted[part].sum()):,} became SQL so far; expected final {rate:.1%}."
    )


def look_at_delays(watched: Watched, at: pd.Timestamp, settings: Settings) -> Look:
    """How long SQLs take, the last 91 days against the 91 days before, as known before `at`."""
    found = watched.known(at, settings)
    window = float(settings.calibration.delay_window_days)
    drift = judge_delays(found.age, found.lag, horizon=settings.horizon_days.mql_to_sql, window=window)
    if drift is None:
        return Look(False, None)
    return Look(
        drift.is_alarm,
        {
            "watched_from": at - pd.Timedelta(days=2 * window),
            "direction": ("slower" if drift.ratio > 1 else "faster") if drift.is_alarm else None,
            "statistic": drift.ratio,
            "alarm_limit": 1 + PRACTICAL,
            "p_value": drift.p_value,
            "value": drift.median,
            "reference_low": drift.before,
            "reference_high": drift.before,
            "n": drift.handoffs,
            "sqls": drift.sqls,
            "reason": _delay_text(drift, window),
        },
    )


def _delay_text(drift: DelayDrift, window: float) -> str:
    compared = (
        f"half of the SQLs come within {drift.median:.0f} days of the hand-off, {drift.before:.0f} in the "
        f"{window:.0f} days before"
    )
    if not drift.is_alarm:
        return f"No clear change in how long SQLs take: {compared}."
    slower = drift.ratio > 1
    return (
        f"SQLs now take {'longer' if slower else 'less long'}: {compared}. Young weeks read a little too "
        f"{'low' if slower else 'high'} until the last {window:.0f} days are all like this."
    )


LOOKS: dict[str, Callable[[Watched, pd.Timestamp, Settings], Look]] = {
    LEVEL: look_at_level,
    DELAYS: look_at_delays,
}
TOO_LITTLE = {
    LEVEL: "No hand-off under this threshold is old enough yet.",
    DELAYS: "Too few SQLs in the last two quarters to compare how long they take.",
}


def watch(watched: Watched, as_of_day: date, settings: Settings) -> list[dict[str, Any]]:
    """The rows of mart_calibration_alarms: each alarm as of the newest Sunday, and, while it is raised, the
    first Sunday since when it has been without a break.
    """
    day = last_look(as_of_day)
    rows = []
    for alarm, look in LOOKS.items():
        now = look(watched, as_of_end(day, settings.zone), settings)
        state = "too_little" if now.columns is None else "alarm" if now.is_alarm else "quiet"
        rows.append(
            {
                "as_of": as_of_end(as_of_day, settings.zone),
                "alarm": alarm,
                "segment": SEGMENT,
                "state": state,
                "since": _since(watched, look, day, settings) if now.is_alarm else None,
                "looked_at": as_of_end(day, settings.zone),
                "reason": TOO_LITTLE[alarm],
                **(now.columns or {}),
            }
        )
    return rows


def _since(
    watched: Watched,
    look: Callable[[Watched, pd.Timestamp, Settings], Look],
    day: date,
    settings: Settings,
) -> pd.Timestamp:
    """The end of the first Sunday of the unbroken run of alarms that `day` belongs to. A new threshold
    starts a new run.
    """
    began = watched.in_force_since(as_of_end(day, settings.zone))
    while began is not None:
        before = day - timedelta(days=7)
        at = as_of_end(before, settings.zone)
        if at <= began or not look(watched, at, settings).is_alarm:
            break
        day = before
    return as_of_end(day, settings.zone)


def outcomes(
    watched: Watched, entries: list[dict[str, Any]], as_of: pd.Timestamp, settings: Settings
) -> list[dict[str, Any]]:
    """The rows of mart_suggestion_outcomes, as known before `as_of`. entries: suggestions of the ledger."""
    every = watched.known(as_of, settings)
    knobs, horizon = settings.calibration, settings.horizon_days.mql_to_sql
    delay = fit_delay(every.age, every.lag, horizon=horizon, window=knobs.delay_window_days)
    rows = []
    for segment in dict.fromkeys(str(entry["segment"]) for entry in entries):
        found = every if segment == SEGMENT else watched.known(as_of, settings, segment)
        shares, converted = delay.at(found.age), found.lag <= np.minimum(found.age, horizon)
        history = timeline(watched.history, segment)
        for entry in entries:
            if entry["segment"] != segment:
                continue
            stretch = find_stretch(entry, history, as_of)
            oldest, newest = ((as_of - end) / pd.Timedelta(days=1) for end in (stretch.begins, stretch.ends))
            own = ~found.explored & (found.age <= oldest) & (found.age > newest)
            promised_from = -np.inf if stretch.threshold is None else stretch.threshold
            low = own & (found.score < promised_from - TOLERANCE)
            own &= ~low
            came = Came(shares[own], converted[own], int(low.sum()))
            rows.append(judge(entry, stretch, came, least_share=knobs.min_completeness, band=settings.band))
    return rows


def write_watch(
    marts: duckdb.DuckDBPyConnection, *, as_of_day: date, settings: Settings, decisions: Path
) -> dict[str, int]:
    """Write marts.mart_calibration_alarms and marts.mart_suggestion_outcomes as known at the end of
    `as_of_day`; append raised alarms to the ledger, each once. Returns the number of rows of each table.
    """
    as_of = as_of_end(as_of_day, settings.zone)
    watched = read_watched(marts, as_of)
    alarms = watch(watched, as_of_day, settings)
    raised = [row for row in alarms if row["state"] == "alarm"]
    ledger.append(decisions, [{"kind": "alarm", **_recorded(row)} for row in raised])
    entries = ledger.suggestions(ledger.read(decisions), as_of)
    came = outcomes(watched, entries, as_of, settings)
    write_rows(marts, "mart_calibration_alarms", ALARM_COLUMNS, alarms)
    write_rows(marts, "mart_suggestion_outcomes", OUTCOME_COLUMNS, came)
    return {"mart_calibration_alarms": len(alarms), "mart_suggestion_outcomes": len(came)}


def _recorded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in ALARM_COLUMNS}
