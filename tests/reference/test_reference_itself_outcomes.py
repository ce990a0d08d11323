"""The oracle on worlds small enough to work out by hand: outcomes, recorded MQLs, both bases, as-of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .episodes import live
from .facts import Activity, Lead, StageEntry
from .handmade import (
    activity,
    at,
    begun,
    dated_stage,
    eligible,
    lead,
    life,
    stage,
    whole_day,
    world,
)

DEMO = activity("demo_request", "01-02 12:00")  # qualifies with 60; + 90 x 24 h = 04-02 12:00


def ending(*entries: StageEntry, as_of: str = "2026-12-31") -> tuple[object, ...]:
    """(outcome, outcome_at, sql_at, is_bypass) of the first episode."""
    first = life(lead(DEMO, *entries), as_of=as_of).episodes[0]
    return (first.outcome, first.outcome_at, first.sql_at, first.is_bypass)


def test_the_first_of_sql_disqualified_and_recycled_is_the_outcome() -> None:
    sql, disqualified = stage("sql", "01-10"), stage("disqualified", "01-09")
    assert ending(sql) == ("sql", at("01-10"), at("01-10"), False)
    assert ending(sql, disqualified)[:2] == ("disqualified", at("01-09"))
    assert ending(stage("recycled", "01-20"))[:2] == ("recycled", at("01-20"))  # the reset itself counts
    one_instant = [stage("recycled", "01-20"), stage("disqualified", "01-20"), stage("sql", "01-20")]
    assert ending(*one_instant)[:2] == ("sql", at("01-20"))
    assert ending(*one_instant[:2])[:2] == ("disqualified", at("01-20"))


def test_the_window_is_closed_at_both_ends() -> None:
    assert ending(stage("sql", "01-02 12:00"))[0] == "sql"
    assert ending(stage("disqualified", "04-02 12:00"))[0] == "disqualified"
    assert ending(stage("disqualified", "04-02 12:01"))[0] == "expired"


def test_an_sql_after_h_still_counts_but_a_disqualification_only_fills_its_column() -> None:
    assert ending(stage("sql", "06-01")) == ("sql", at("06-01"), at("06-01"), False)
    made = life(lead(DEMO, stage("disqualified", "06-01")))
    assert (made.episodes[0].outcome, made.episodes[0].disqualified_at) == ("expired", at("06-01"))


def test_a_late_sql_belongs_to_the_episode_before_which_no_next_one_began() -> None:
    made = life(lead(DEMO, activity("other", "05-01"), stage("sql", "06-01")))
    assert [(e.outcome, e.sql_at) for e in made.episodes] == [
        ("expired", at("06-01")),  # its sql_at is the first of the segment, its outcome is not
        ("sql", at("06-01")),
    ]


def test_open_becomes_expired_once_h_is_before_the_end_of_the_as_of_day() -> None:
    assert ending(as_of="2026-04-01")[0] == "open"
    assert ending(as_of="2026-04-02")[0] == "expired"  # noon is before the end of that day


def test_an_sql_before_the_mql_is_a_bypass_and_no_conversion() -> None:
    assert ending(stage("sql", "01-01 08:00")) == ("expired", None, at("01-01 08:00"), True)
    both = [stage("sql", "01-01 08:00"), stage("sql", "01-05")]
    assert ending(*both) == ("sql", at("01-05"), at("01-05"), False)


def test_an_sql_of_another_segment_is_no_outcome() -> None:
    assert ending(stage("recycled", "01-20"), stage("sql", "01-25"))[:3] == ("recycled", at("01-20"), None)
    # Entered before the reset but known after it: it lies in the next segment.
    late = stage("sql", "01-15", known="01-25")
    assert ending(stage("recycled", "01-20"), late)[:3] == ("recycled", at("01-20"), None)


def test_only_what_is_known_by_the_as_of_counts() -> None:
    late = stage("sql", "01-10", known="02-10")
    assert ending(late, as_of="2026-02-09")[0] == "open"
    assert ending(late, as_of="2026-02-10")[:2] == ("sql", at("01-10"))


def test_date_only_outcomes_compare_by_day() -> None:
    assert ending(dated_stage("sql", "01-02")) == (
        "sql",
        at("01-02"),
        at("01-02"),
        False,
    )  # same day: not before
    assert ending(dated_stage("sql", "01-01"))[3] is True
    assert ending(dated_stage("disqualified", "04-02"))[0] == "disqualified"  # the day on which H ends
    assert ending(dated_stage("disqualified", "04-03"))[0] == "expired"
    # The same day as an instant is a tie, so sql comes first; the day after is not.
    assert ending(dated_stage("sql", "01-10"), stage("disqualified", "01-10 09:00"))[0] == "sql"
    assert ending(dated_stage("sql", "01-11"), stage("disqualified", "01-10 09:00"))[0] == "disqualified"


def test_a_recorded_mql_needs_no_score_but_obeys_exclusion_and_the_open_episode() -> None:
    mark = stage("mql", "01-05")
    made = life(lead(mark, stage("mql", "02-05"), stage("mql", "04-05")), basis="recorded")
    # 01-05 + 90 days = 04-05: the second mark finds an open episode, the third an expired one.
    assert begun(made) == [("01-05 00:00", "recorded"), ("04-05 00:00", "recorded")]
    assert made.episodes[0].start.scores.lead_score == 20
    excluded = "test,test,industry,eq,software,,"
    assert begun(life(lead(mark), basis="recorded", exclusions=excluded)) == []
    assert begun(life(lead(mark, stage("disqualified", "01-01")), basis="recorded"))  # not asked
    made = life(lead(mark, stage("sql", "01-10"), stage("mql", "06-05")), basis="recorded")
    assert len(made.episodes) == 1  # the episode of the segment has an outcome


@pytest.mark.parametrize("unfit", [{"is_inferred": True}, {"source": "bandpass"}])
def test_inferred_marks_and_our_own_are_no_recorded_mqls(unfit: dict[str, Any]) -> None:
    assert begun(life(lead(stage("mql", "01-05", **unfit)), basis="recorded")) == []


def test_the_recorded_basis_ignores_scores_and_the_scored_basis_ignores_marks() -> None:
    one = lead(DEMO, stage("mql", "01-05"), activity("other", "01-06"))
    assert begun(life(one, basis="recorded")) == [("01-05 00:00", "recorded")]
    assert begun(life(one, basis="scored")) == [("01-02 12:00", "score")]
    assert list(eligible(life(one, basis="recorded")).values()) == [True, True, False]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (stage("mql", "01-01 09:00"), ("01-01 09:00", "recorded")),
        (stage("mql", "01-02 12:00"), ("01-02 12:00", "score")),  # a tie
        (dated_stage("mql", "01-02"), ("01-02 12:00", "score")),  # the same day is a tie
        (dated_stage("mql", "01-01"), ("01-01 00:00", "recorded")),
        (stage("mql", "01-03"), ("01-02 12:00", "score")),
        (stage("mql", "01-01 09:00", known="01-02 12:00"), ("01-01 09:00", "recorded")),  # known just in time
        (stage("mql", "01-01 09:00", known="01-05"), ("01-02 12:00", "score")),  # known too late
    ],
)
def test_both_takes_the_earlier_one(mark: StageEntry, expected: tuple[str, str]) -> None:
    assert begun(life(lead(DEMO, mark), basis="both")) == [expected]


def test_a_mark_that_is_itself_the_reset_begins_in_the_new_segment() -> None:
    made = life(lead(stage("disqualified", "01-05"), stage("mql", "02-05")), basis="recorded")
    assert [(e.start.segment.number, e.number) for e in made.episodes] == [(2, 1)]


def test_a_date_only_mark_is_open_on_the_day_h_ends_and_eligible_again() -> None:
    one = lead(dated_stage("mql", "01-05"), activity("demo_request", "04-05 08:00"))
    assert live(world(one, basis="recorded", as_of="2026-04-05"), one).episodes[0].outcome == "open"
    assert live(world(one, basis="recorded", as_of="2026-04-06"), one).episodes[0].outcome == "expired"
    assert eligible(life(one, basis="recorded"))["04-05 08:00"] is True


def test_the_day_of_a_date_only_value_meets_local_days() -> None:
    # In Tokyo (UTC+9) 01-02 16:00 UTC is 3 January: a date-only sql of the 2nd is before, one of the 3rd not.
    one = activity("demo_request", "01-02 16:00")
    before, same = dated_stage("sql", "01-02"), dated_stage("sql", "01-03")
    assert life(lead(one, before), zone="Asia/Tokyo").episodes[0].is_bypass is True
    assert life(lead(one, same), zone="Asia/Tokyo").episodes[0].outcome == "sql"
    assert life(lead(one, before)).episodes[0].outcome == "sql"


def test_later_facts_never_change_earlier_decisions() -> None:
    """Decisions as of an early day are the first decisions as of a later day."""
    facts: list[Activity | StageEntry] = [
        DEMO,
        stage("recycled", "02-01"),
        activity("demo_request", "02-02"),
        activity("email_click", "01-03", known="03-10"),
        stage("mql", "02-15", known="03-12"),
        stage("sql", "03-20", known="03-25"),
    ]
    whole = life(lead(*facts), basis="both")
    for day in [date(2026, 1, 15), date(2026, 2, 20), date(2026, 3, 11), date(2026, 3, 22)]:
        end = world(lead()).calendar.last_microsecond(day)
        one: Lead = lead(*(fact for fact in facts if fact.known_at <= end))
        early = life(one, basis="both", as_of=day.isoformat())
        assert begun(early) == begun(whole)[: len(early.episodes)]
        assert [row.is_eligible for row in early.score_rows] == [
            row.is_eligible for row in whole.score_rows[: len(early.score_rows)]
        ]


def test_date_only_moments_are_whole_days() -> None:
    calendar = world(lead()).calendar
    day, noon = whole_day("01-05"), DEMO.occurred
    assert calendar.before(noon, day)
    assert not calendar.before(day, whole_day("01-05"))
    assert not calendar.before(day, type(day)(at("01-05 00:00")))
    assert not calendar.before(type(day)(at("01-05 00:00")), day)
