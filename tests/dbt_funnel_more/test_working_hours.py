"""macros/working_time.sql against a walk along the days: weekends, clock changes, zones, any hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.settings import WEEKDAYS, BusinessHours, Settings
from tests.dbt_funnel.rendering import rendering

from .working_hours import due, starts_to_wait, worked

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
AS_OF = date(2025, 11, 20)
LAST = datetime.fromisoformat("2025-11-20")
Waits = tuple[datetime, bool]


def by_sql(waits: list[Waits], touches: list[datetime], settings: Settings) -> list[tuple[Any, ...]]:
    """(waits_from, due_at, business hours to the touch in microseconds) of every wait."""
    project = rendering(
        variables={
            "as_of": AS_OF.isoformat(),
            "time_zone": settings.time_zone,
            "business_days": settings.business_hours.iso_weekdays,
            "business_start_minute": settings.business_hours.start_minute,
            "business_end_minute": settings.business_hours.end_minute,
            "response_target_hours": settings.response_target_hours,
        },
        macros=("time", "working_time"),
    )
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "create table int_handoffs as select unnest(?::bigint[]) as n, "
            "unnest(?::timestamp[]) as handed_off_at, unnest(?::boolean[]) as is_date_only, "
            "unnest(?::timestamp[]) as touched_at",
            [list(range(len(waits))), [at for at, _ in waits], [flag for _, flag in waits], touches],
        )
        connection.execute("create table int_mql_starts (mql_at timestamp, mql_at_is_date_only boolean)")
        connection.execute(
            "create table int_working_days as " + project.model("intermediate/sales/int_working_days.sql")
        )
        query = project.text(
            """
            with waiting as (
                select *, {{ waits_from('handed_off_at', 'is_date_only') }} as waits_from from int_handoffs
            ),
            {{ due_instants('waiting', ['n']) }}
            select w.waits_from, d.due_at,
                {{ worked_until('touch_day', 'w.touched_at') }} - ({{ worked_until('day', 'w.waits_from') }})
            from waiting as w
            left join due as d using (n)
            left join int_working_days as day on {{ local_date('w.waits_from') }} = day.day
            left join int_working_days as touch_day on {{ local_date('w.touched_at') }} = touch_day.day
            order by n
            """
        )
        return connection.execute(query).fetchall()


def by_walking(waits: list[Waits], touches: list[datetime], settings: Settings) -> list[tuple[Any, ...]]:
    found = []
    for (at, is_date_only), touched_at in zip(waits, touches, strict=True):
        since = starts_to_wait(at, is_date_only, settings)
        time = worked(since, touched_at, settings) if touched_at >= since else None
        found.append((since, due(since, settings), time))
    return found


def same(sql: list[tuple[Any, ...]], walked: list[tuple[Any, ...]]) -> None:
    assert len(sql) == len(walked)
    for (since, due_at, micros), (other_since, other_due, time) in zip(sql, walked, strict=True):
        assert (since, due_at) == (other_since, other_due)
        if time is not None:
            assert timedelta(microseconds=micros) == time


@st.composite
def working_weeks(draw: st.DrawFn) -> Settings:
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True))
    start = draw(st.integers(0, 22 * 60))
    end = draw(st.integers(start + 60, 24 * 60 - 1))
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end)]
    return Settings(
        time_zone=draw(st.sampled_from(ZONES)),
        business_hours=BusinessHours.model_validate({"days": days, "start": clock[0], "end": clock[1]}),
        response_target_hours=draw(st.sampled_from([0.25, 1, 1.5, 8, 40])),
    )


def around(day: str, days: int) -> st.SearchStrategy[datetime]:
    middle = datetime.fromisoformat(day)
    return st.datetimes(middle - timedelta(days=days), middle + timedelta(days=days))


# All of 2025, and the days at which the clocks of these zones change.
CHANGES = ("2025-03-09", "2025-03-30", "2025-04-05", "2025-10-05", "2025-10-26", "2025-11-02")
instants = st.one_of(around("2025-06-20", 150), *(around(day, 3) for day in CHANGES))
waits = st.tuples(instants, st.booleans()).map(
    lambda wait: (datetime.combine(wait[0].date(), datetime.min.time()), True) if wait[1] else wait
)


handed_over = st.lists(st.tuples(waits, st.integers(0, 40 * 24 * 3600)), min_size=1, max_size=20)


def equal_the_walk(settings: Settings, handed: list[tuple[Waits, int]]) -> None:
    touches = [min(starts_to_wait(*wait, settings) + timedelta(seconds=lag), LAST) for wait, lag in handed]
    found = [wait for wait, _ in handed]
    same(by_sql(found, touches, settings), by_walking(found, touches, settings))


@given(settings=working_weeks(), handed=handed_over)
@hypothesis_settings(max_examples=15, deadline=None, derandomize=True)
def test_due_times_and_business_hours_equal_the_walk(
    settings: Settings, handed: list[tuple[Waits, int]]
) -> None:
    equal_the_walk(settings, handed)


@pytest.mark.long
@given(settings=working_weeks(), handed=handed_over)
@hypothesis_settings(max_examples=500, deadline=None)
def test_due_times_and_business_hours_equal_the_walk_in_hundreds_of_weeks(
    settings: Settings, handed: list[tuple[Waits, int]]
) -> None:
    equal_the_walk(settings, handed)


@pytest.mark.parametrize(
    ("zone", "handed_off", "due_at"),
    [
        # Friday 16:30 in New York; clocks go forward on Sunday 9 March
        ("America/New_York", "2025-03-07T21:30", "2025-03-10T13:30"),
        # and back on Sunday 2 November
        ("America/New_York", "2025-10-31T20:30", "2025-11-03T14:30"),
        ("Europe/Berlin", "2025-03-28T15:30", "2025-03-31T07:30"),
        # a Saturday: Monday at 10
        ("UTC", "2025-03-08T12:00", "2025-03-10T10:00"),
        # before work, at its very end, and the last instant of the week that is in time on its day
        ("UTC", "2025-03-10T03:00", "2025-03-10T10:00"),
        ("UTC", "2025-03-10T17:00", "2025-03-11T10:00"),
        ("UTC", "2025-03-07T16:00", "2025-03-07T17:00"),
        # 23:30 UTC on Sunday is already Monday in Kathmandu, but before nine
        ("Asia/Kathmandu", "2025-03-09T23:30", "2025-03-10T04:15"),
    ],
)
def test_one_business_hour_later(zone: str, handed_off: str, due_at: str) -> None:
    settings = Settings(time_zone=zone)
    at = datetime.fromisoformat(handed_off)
    ((_, found, _),) = by_sql([(at, False)], [at], settings)
    assert found == datetime.fromisoformat(due_at)
    assert due(at, settings) == found


def test_a_night_shift_loses_an_hour_in_spring_and_gains_one_in_autumn() -> None:
    """From 1 to 5 on the clock of Berlin are three hours on 30 March and five on 26 October."""
    shift = BusinessHours(days=("sun",), start="01:00", end="05:00")
    settings = Settings(time_zone="Europe/Berlin", business_hours=shift)
    for day, hours in ((date(2025, 3, 30), 3), (date(2025, 10, 26), 5), (date(2025, 6, 1), 4)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin"))
        since, until = (
            at.astimezone(UTC).replace(tzinfo=None) for at in (midnight, midnight.replace(hour=12))
        )
        ((_, _, micros),) = by_sql([(since, False)], [until], settings)
        assert timedelta(microseconds=micros) == timedelta(hours=hours)
