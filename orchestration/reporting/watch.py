"""The watch over the calibration in a line or two, and how often suggestions came true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.asof import end_of_day
from orchestration.reporting.tables import Marts, local_day
from orchestration.reporting.words import count, day, percent, plain
from orchestration.settings import Settings

_ALARMS = """
    select state, since - interval 1 microsecond, reason
    from marts.mart_calibration_alarms
    where as_of > ? and as_of <= ? and segment = 'global'
    order by alarm desc
"""
_OUTCOMES = """
    select count(*) filter (is_inside), count(is_inside),
           avg(promised_p_in_band) filter (is_inside is not null), count(*) filter (is_in_band), count(*)
    from marts.mart_suggestion_outcomes
    where suggested_as_of <= ? and segment = 'global'
"""


@dataclass(frozen=True)
class Raised:
    """An alarm and the Sunday since which it has been raised."""

    since: date | None
    text: str


@dataclass(frozen=True)
class Watch:
    """quiet: what is said where nothing is raised."""

    raised: tuple[Raised, ...]
    quiet: str


def find_watch(marts: Marts, as_of_day: date, settings: Settings) -> Watch | None:
    """None where the file has no alarms of this day."""
    if not marts.has("mart_calibration_alarms", "as_of segment alarm state since reason"):
        return None
    window = [end_of_day(d, settings.zone) for d in (as_of_day - timedelta(days=1), as_of_day)]
    rows = marts.rows(_ALARMS, window)
    if not rows:
        return None
    raised = tuple(
        Raised(local_day(since, settings.zone), plain(reason))
        for state, since, reason in rows
        if state == "alarm"
    )
    if all(state == "too_little" for state, *_ in rows):
        return Watch(raised, "Weekly watch: too few hand-offs to raise an alarm yet.")
    return Watch(raised, "Weekly watch: no alarm.")


def raised_text(raised: Raised) -> str:
    return f"Alarm since {day(raised.since)}." if raised.since else "Alarm."


def promises_text(marts: Marts, as_of_day: date, settings: Settings) -> str | None:
    """Stated against realised, suggestions for all channels together; None where there are none."""
    columns = "suggested_as_of segment is_inside promised_p_in_band is_in_band"
    if not marts.has("mart_suggestion_outcomes", columns):
        return None
    [(inside, judged, stated, in_band, every)] = marts.rows(_OUTCOMES, [end_of_day(as_of_day, settings.zone)])
    if not every:
        return None
    if not judged:
        return (
            f"What came of {count(every, 'suggestion')} can't be told yet: too few hand-offs are old enough."
        )
    chance = (
        ""
        if stated is None
        else f" Their stated chance of being in the band was {percent(stated, 0)} on average; "
        f"the rate that came was in it {count(in_band, 'time')}."
    )
    return (
        f"Of {count(judged, 'promise')} with enough data, {inside} came true; 9 of 10 should.{chance} "
        "Promises of following weeks look at overlapping hand-offs, so few of them are independent."
    )
