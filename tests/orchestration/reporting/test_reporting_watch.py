"""The line of the weekly watch under the decision, and how often suggestions came true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from orchestration.reporting import explain, render
from orchestration.settings import Settings

Publish = Callable[..., Any]
SETTINGS = Settings()


def add_alarms(published: Any, *states: tuple[str, str]) -> None:
    """Rows (state, reason) as of the file's day, raised since the Sunday four weeks before it."""
    published.connection.execute("""
        create table marts.mart_calibration_alarms (
            as_of timestamp, alarm varchar, segment varchar, state varchar, since timestamp, reason varchar
        )
    """)
    day = published.world.as_of
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC).replace(tzinfo=None)
    since = end - timedelta(days=day.weekday() + 1 + 28)
    for number, (state, reason) in enumerate(states):
        published.connection.execute(
            "insert into marts.mart_calibration_alarms values (?, ?, 'global', ?, ?, ?)",
            [end, f"alarm {number}", state, since if state == "alarm" else None, reason],
        )


def explained(published: Any) -> Any:
    return explain(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)


def html(published: Any) -> str:
    return render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)


@pytest.fixture
def published(publish: Publish) -> Any:
    return publish(weeks=20, per_week=60)


def test_a_file_without_the_watch_says_nothing_of_it(published: Any) -> None:
    found = explained(published)
    assert (found.watch, found.promises) == (None, None)


def test_a_quiet_week_has_one_short_line(published: Any) -> None:
    add_alarms(published, ("quiet", "SQLs take as long."), ("too_little", "Nothing yet."))
    text = html(published)
    assert "Weekly watch: no alarm." in text
    assert "SQLs take as long." not in text


def test_an_alarm_stands_under_the_decision_and_promises_are_counted_where_enough_came(
    published: Any,
) -> None:
    add_alarms(published, ("alarm", "The rate has left the <band>."), ("quiet", "As before."))
    published.connection.execute("""
        create table marts.mart_suggestion_outcomes as
        select * from (values (timestamp '2026-01-05', 'global', true, 0.96, true),
                              ('2026-01-12', 'global', false, 0.90, false),
                              ('2026-01-12', 'webinar', false, 0.10, false),
                              ('2026-01-19', 'global', null, 0.99, null),
                              ('2027-01-19', 'global', true, 0.99, true))
            as o(suggested_as_of, segment, is_inside, promised_p_in_band, is_in_band)
    """)
    text = html(published)
    assert "Alarm since 29 Mar 2026.</b> The rate has left the &lt;band&gt;." in text
    assert "no alarm" not in text
    assert text.index('id="ask"') < text.index("Alarm since") < text.index('class="tile"')
    assert "Of 2 promises with enough data, 1 came true; 9 of 10 should." in text
    assert "was 93% on average; the rate that came was in it 1 time." in text
    assert "guarantee" not in text
    published.connection.execute("update marts.mart_suggestion_outcomes set is_inside = null")
    assert explained(published).promises.startswith("What came of 3 suggestions can't be told yet")
