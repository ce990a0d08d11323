"""How fast sales answers, and the sentence that leads from events of the week to its final rate."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from orchestration.reporting import Report, explain, render
from orchestration.reporting.responses import Responses
from orchestration.reporting.tables import last_complete_week
from orchestration.settings import Settings

Publish = Callable[..., Any]
SETTINGS = Settings()
ALL = "(all)"
STEPS = (
    "period",
    "without_mql",
    "before_mql",
    "earlier_mqls",
    "other",
    "later_sqls",
    "late_sqls",
    "open",
    "expired",
)


def told(published: Any) -> Report:
    return explain(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)


def page(published: Any) -> str:
    html = render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def answer(published: Any, *rows: tuple[Any, ...]) -> None:
    """(owner, owner_name, channel, handed_off, due, in_time, past_due, decided_untouched, hours)."""
    published.connection.execute(
        "create or replace table marts.mart_sla (period varchar, owner varchar, owner_name varchar, "
        "channel varchar, response_band varchar, handed_off bigint, due bigint, in_time bigint, "
        "past_due bigint, decided_untouched bigint, median_response_hours double)"
    )
    for period, band in (("recent", ALL), ("all", ALL), ("recent", "0-1 h")):
        for owner, name, channel, *numbers in rows:
            values = [period, owner, name, channel, band, *numbers]
            published.connection.execute(
                "insert into marts.mart_sla values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values
            )


TOGETHER = (ALL, None, ALL, 400, 360, 180, 12, 40, 1.25)


def bridge(published: Any, monday: date, **changes: int) -> None:
    """A bridge of 50 SQLs over 200 MQLs."""
    published.connection.execute(
        "create or replace table marts.mart_funnel_bridge (span varchar, starts_on date, "
        "step_order integer, step varchar, sqls_change bigint, mqls_change bigint, sqls bigint, mqls bigint)"
    )
    sqls, mqls = 0, 0
    for order, step in enumerate(STEPS, start=1):
        change = changes.get(step, 0)
        among = changes.get("mqls", 200) if step == "period" else 0
        sqls, mqls = sqls + change, mqls + among
        for span, starts_on in (("week", monday), ("month", monday.replace(day=1))):
            published.connection.execute(
                "insert into marts.mart_funnel_bridge values (?, ?, ?, ?, ?, ?, ?, ?)",
                [span, starts_on, order, step, change, among, sqls, mqls],
            )


def test_the_slowest_come_first_and_only_those_with_enough_hand_offs(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    answer(
        published,
        TOGETHER,
        ("u1", "Ann", ALL, 130, 120, 80, 1, 10, 0.9),
        ("u2", None, ALL, 130, 120, 20, 9, 10, 5.5),
        ("u3", "Cem", ALL, 130, 111, 77, 2, 19, 1.0),
        ("u4", "Dee", ALL, 10, 9, 0, 0, 1, 9.0),
        (ALL, None, "paid_search", 200, 180, 90, 6, 20, 1.2),
        (ALL, None, "email", 200, 180, 90, 6, 20, 1.3),
    )
    found = told(published).responses
    assert isinstance(found, Responses)
    assert [(row.label, row.verdict) for row in found.owners] == [
        ("u2", "slower"),
        ("Ann", "faster"),
        ("Cem", "faster"),
    ]
    assert [(row.label, row.verdict) for row in found.channels] == [
        ("email", "can't tell"),
        ("paid search", "can't tell"),
    ]
    assert found.together.rate is not None
    assert (found.together.rate.converted, found.together.rate.entered) == (180, 360)
    words = page(published)
    assert "12 hand-offs of 400 are past due" in words
    assert "40 were decided on without a logged call or meeting" in words
    assert "owner: u2 130 9 17% 120" in words
    assert "within 1 business hour" in words
    assert (told(published).bridge or "no sentence") in words.replace("&#39;", "'")


def test_nobody_is_named_where_nobody_has_enough_hand_offs(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    answer(published, (ALL, None, ALL, 9, 0, 0, 0, 9, None), ("u1", "Ann", ALL, 9, 0, 0, 0, 9, None))
    found = told(published).responses
    assert isinstance(found, Responses)
    assert found.owners == found.channels == ()
    assert found.together.rate is None


def test_without_hand_offs_of_late_it_says_so(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    answer(published, TOGETHER)
    published.connection.execute("delete from marts.mart_sla where period = 'recent'")
    assert told(published).responses == "sales was given no lead in the last 91 days"


def test_names_of_owners_stay_text(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    names = ("<script>x</script>", "Bo")
    answer(published, TOGETHER, *((name, name, ALL, 130, 120, 80, 1, 10, 0.9) for name in names))
    html = render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)
    assert "<script" not in html
    assert "owner: &lt;script&gt;x" in html


def test_a_young_week_says_whose_sqls_it_counts_and_claims_no_final_rate(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    monday = last_complete_week(published.world.as_of)
    bridge(published, monday, period=50, without_mql=-3, earlier_mqls=-38, other=-1, later_sqls=2)
    published.connection.execute(
        "update marts.mart_conversion_weekly set rate_projected = null where cohort_week = ?", [monday]
    )
    text = told(published).bridge
    assert text is not None
    assert text.endswith(
        "50 SQLs over 200 MQLs, 25.0%. "
        "Of these SQLs: 38 of MQLs of earlier weeks, 3 never an MQL, 1 after another answer or too late. "
        "Of the week's own MQLs 10 became SQL so far (5.0%); they are too young for an expected final rate."
    )


def test_the_expected_final_rate_is_that_of_the_mart(publish: Publish) -> None:
    published = publish(weeks=20, per_week=60)
    monday = last_complete_week(published.world.as_of)
    bridge(published, monday, period=50)
    published.connection.execute(
        "update marts.mart_conversion_weekly set rate_projected = 0.214, projected_low = 0.17, "
        "projected_high = 0.262 where cohort_week = ? and step = 'mql_to_sql'",
        [monday],
    )
    text = told(published).bridge
    assert text is not None
    assert text.endswith("MQLs 50 became SQL so far (25.0%); expected final: 21.4% (17–26%).")


@pytest.mark.parametrize("mqls", [0, None])
def test_without_mqls_or_a_bridge_of_the_week_there_is_no_sentence(
    publish: Publish, mqls: int | None
) -> None:
    published = publish(weeks=20, per_week=60)
    monday = last_complete_week(published.world.as_of)
    if mqls is None:
        bridge(published, monday - timedelta(weeks=1), period=50)
    else:
        bridge(published, monday, period=5, mqls=mqls)
    assert told(published).bridge is None
