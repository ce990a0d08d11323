"""The oracle on worlds small enough to work out by hand: segments, eligibility, qualification.

Unless a test says otherwise the lead has fit 20, needs 60 (fit 10, engagement 15), earns 40 for a demo
request and 10 for a click, and nothing decays: one demo request makes an MQL with exactly 60.
"""

from __future__ import annotations

import pytest

from .facts import Activity
from .handmade import (
    activity,
    at,
    begun,
    dated_activity,
    eligible,
    history,
    lead,
    life,
    lost,
    scores,
    stage,
    won,
)


def demo(*days: str) -> list[Activity]:
    return [activity("demo_request", day) for day in days]


def test_the_first_instant_at_the_threshold_begins_an_episode() -> None:
    made = life(lead(activity("email_click", "01-02"), *demo("01-03", "01-04")))
    # 20, 30, 70, 110: the third instant qualifies; the fourth finds an open episode.
    assert begun(made) == [("01-03 00:00", "score")]
    assert list(eligible(made).values()) == [True, True, True, False]
    assert made.episodes[0].start.scores.lead_score == 70


def test_threshold_and_minimums_hold_with_a_tolerance() -> None:
    rules = "software,fit,industry,eq,Software,20,,,,,\ndemo,engagement,demo_request,,,{},,,,,"
    assert begun(life(lead(*demo("01-02")), rules=rules.format("39.9999999999")))
    assert not begun(life(lead(*demo("01-02")), rules=rules.format("39.99999")))
    # 60 points of engagement alone: the minimum of fit is missing; and the other way round.
    assert not begun(life(lead(*demo("01-02")), rules="demo,engagement,demo_request,,,60,,,,,"))
    assert not begun(life(lead(*demo("01-02")), rules="software,fit,industry,eq,Software,60,,,,,"))


def test_a_new_threshold_waits_for_the_next_scoring_instant() -> None:
    rows = "global,90,10,15,\nglobal,60,10,15,2026-02-01"
    made = life(lead(*demo("01-02"), activity("other", "02-10")), thresholds=rows)
    assert begun(made) == [("02-10 00:00", "score")]


def test_segments_begin_at_resets() -> None:
    made = life(
        lead(
            stage("recycled", "02-01"),
            stage("disqualified", "03-01"),
            stage("lead", "04-01"),  # re-opened
            lost("04-02", "05-01"),
            activity("other", "01-01"),
        )
    )
    assert [(f"{s.starts_at:%m-%d}", s.reset_reasons) for s in made.segments] == [
        ("01-01", ()),
        ("02-01", ("recycled",)),
        ("04-01", ("reopened",)),
        ("05-01", ("lost",)),
    ]
    assert [s.ends_at for s in made.segments] == [at("02-01"), at("04-01"), at("05-01"), None]


def test_resets_lie_at_the_known_time_and_the_first_segment_at_the_first_known_row() -> None:
    made = life(lead(stage("recycled", "02-01", known="02-09"), activity("other", "2025-12-24")))
    assert [s.starts_at for s in made.segments] == [at("2025-12-24"), at("02-09")]


def test_disqualified_twice_is_no_reopening_and_a_reset_at_the_start_cuts_nothing() -> None:
    made = life(
        lead(stage("recycled", "01-01"), stage("disqualified", "02-01"), stage("disqualified", "03-01"))
    )
    assert len(made.segments) == 1


def test_engagement_counts_only_its_own_segment_by_known_time_and_so_do_caps() -> None:
    rules = "click,engagement,email_click,,,10,,1,,,"
    made = life(
        lead(
            activity("email_click", "01-10"),
            stage("recycled", "02-01"),
            activity("email_click", "01-20", known="02-01"),  # known with the reset: the new segment's
            activity("email_click", "02-10"),  # capped there
        ),
        rules=rules,
    )
    assert list(scores(made).values()) == [0, 10, 10, 10]
    assert [row.segment_number for row in made.score_rows] == [1, 1, 2, 2]


def test_cool_down_holds_from_the_second_segment_on_and_needs_no_new_crossing() -> None:
    made = life(
        lead(
            stage("recycled", "02-01 12:00"),
            *demo("02-02"),
            activity("other", "03-03 11:59"),
            activity("other", "03-03 12:00"),  # 02-01 12:00 + 30 x 24 h
        )
    )
    assert list(eligible(made).values()) == [True, False, False, True]
    assert begun(made) == [("03-03 12:00", "score")]


def test_an_exclusion_needs_all_rows_of_its_id_and_never_removes_an_earlier_episode() -> None:
    rows = "rival,competitor,company,contains,acme,2026-01-01,\nrival,competitor,country,eq,DE,2026-01-01,"
    half = history("01-01", "01-05", industry="Software", company="Acme", country="FR")
    full = history("01-05", industry="Software", company="ACME Ltd", country="de")
    made = life(lead(half, full, *demo("01-02", "06-01")), exclusions=rows)
    assert list(eligible(made).values()) == [True, True, False, False]
    assert begun(made) == [("01-02 00:00", "score")]
    assert begun(life(lead(half, full, *demo("01-06")), exclusions=rows)) == []


def test_customers_open_opportunities_and_disqualified_leads_are_blocked() -> None:
    made = life(lead(stage("disqualified", "01-02"), *demo("01-03")))
    assert begun(made) == []
    made = life(lead(won("01-02", "01-04"), *demo("01-03", "01-04")))
    assert [row.blocks for row in made.score_rows] == [(), ("open opportunity",), ("customer",)]
    made = life(
        lead(stage("customer", "01-02"), *demo("01-03"), stage("lead", "01-04"), activity("other", "01-05"))
    )
    assert begun(made) == [("01-05 00:00", "score")]  # a customer without a won opportunity can be left
    made = life(lead(won("01-01", "01-02"), stage("lead", "01-04"), *demo("01-05")))
    assert begun(made) == []  # after a won opportunity it stays one


def test_what_becomes_known_at_the_instant_itself_blocks() -> None:
    made = life(lead(stage("disqualified", "01-02", known="01-03"), *demo("01-03")))
    assert begun(made) == []
    made = life(lead(stage("disqualified", "01-02", known="01-04"), *demo("01-03")))
    assert begun(made) == [("01-03 00:00", "score")]  # not known yet


def test_an_open_episode_blocks_until_exactly_h_and_the_next_one_keeps_the_engagement() -> None:
    # 01-02 + 90 x 24 h = 04-02.
    made = life(lead(*demo("01-02"), activity("other", "04-01 23:59"), activity("other", "04-02")))
    assert list(eligible(made).values()) == [True, True, False, True]
    assert begun(made) == [("01-02 00:00", "score"), ("04-02 00:00", "score")]


def test_an_episode_with_an_outcome_blocks_its_segment_for_good() -> None:
    made = life(lead(*demo("01-02"), stage("sql", "01-10"), activity("other", "08-01")))
    assert begun(made) == [("01-02 00:00", "score")]
    # A late sql (after H) is an outcome too, from the time it is known.
    made = life(lead(*demo("01-02"), stage("sql", "05-01"), activity("other", "05-02")))
    assert begun(made) == [("01-02 00:00", "score")]
    # Known only after the next decision: the lead was eligible then.
    made = life(lead(*demo("01-02"), stage("sql", "04-20", known="06-01"), activity("other", "05-02")))
    assert begun(made) == [("01-02 00:00", "score"), ("05-02 00:00", "score")]


def test_gates_need_one_human_activity_of_the_segment_capped_or_not() -> None:
    gates = "web,webinar_attended|event_attended,,\n,email_click,2026-02-01,"
    attended = activity("webinar_attended", "01-05")
    assert begun(life(lead(*demo("01-02"), attended), gates=gates)) == [("01-05 00:00", "score")]
    bot = activity("webinar_attended", "01-05", bot=True)
    assert begun(life(lead(*demo("01-02"), bot), gates=gates)) == []
    # From February every channel needs a click as well.
    late = activity("webinar_attended", "02-05")
    assert begun(life(lead(*demo("01-02"), late), gates=gates)) == []
    clicked = activity("email_click", "02-06")
    assert begun(life(lead(*demo("01-02"), late, clicked), gates=gates)) == [("02-06 00:00", "score")]
    # Another channel is not asked for the webinar.
    event = history("01-01", industry="Software", channel="event")
    assert begun(life(lead(event, *demo("01-02")), gates=gates)) == [("01-02 00:00", "score")]


@pytest.mark.parametrize(
    ("path", "days", "expected"),
    [
        ("p,1,webinar_attended,2,,,,,,,", ["01-05"], []),
        ("p,1,webinar_attended,2,,,,,,,", ["01-05", "03-05"], [("03-05 00:00", "path:p")]),
        ("p,1,webinar_attended,2,,30,,,,,", ["01-05", "03-05"], []),  # the first is older than 30 days
        (
            "p,1,webinar_attended,2,,30,,,,,",
            ["01-05", "02-04"],
            [("02-04 00:00", "path:p")],
        ),  # exactly 30 x 24 h
        ("p,1,webinar_attended,,,,20,,,,", ["01-05"], [("01-05 00:00", "path:p")]),
        ("p,1,webinar_attended,,,,21,,,,", ["01-05"], []),  # fit is 20
        ("p,1,webinar_attended,,,,,1,,,", ["01-05"], []),  # engagement is 0
        ("p,1,webinar_attended,,,,,,event,,", ["01-05"], []),  # another channel
        ("p,1,webinar_attended,,,,,,,2026-02-01,", ["01-05", "02-05"], [("02-05 00:00", "path:p")]),
    ],
)
def test_paths(path: str, days: list[str], expected: list[tuple[str, str]]) -> None:
    assert begun(life(lead(*(activity("webinar_attended", day) for day in days)), paths=path)) == expected


def test_ordered_paths_use_each_activity_once_and_in_order() -> None:
    path = "p,1,form_fill|page_visit,1,true,,,,,,\np,2,page_visit,1,true,,,,,,"
    page, form = "page_visit", "form_fill"
    assert not begun(life(lead(activity(page, "01-02"), activity(form, "01-03")), paths=path))
    assert begun(life(lead(activity(page, "01-02"), activity(page, "01-03")), paths=path))
    assert not begun(life(lead(activity(page, "01-02")), paths=path))  # not both steps with one visit
    same = lead(activity(form, "01-02"), activity(page, "01-02"))
    assert begun(life(same, paths=path)) == [("01-02 00:00", "path:p")]  # at or after
    unordered = path.replace("true", "false")
    assert begun(life(lead(activity(page, "01-02")), paths=unordered))  # steps judged one by one


def test_ordered_paths_compare_date_only_activities_by_day() -> None:
    path = "p,1,form_fill,1,true,,,,,,\np,2,event_attended,1,true,,,,,,"
    made = life(
        lead(activity("form_fill", "01-02 15:00"), dated_activity("event_attended", "01-02")), paths=path
    )
    assert begun(made) == [("01-02 23:59", "path:p")]  # same day is not before; known at the day's end
    made = life(
        lead(activity("form_fill", "01-02 15:00"), dated_activity("event_attended", "01-01")), paths=path
    )
    assert begun(made) == []


def test_score_goes_before_path_and_paths_by_id() -> None:
    paths = "b,1,demo_request,,,,,,,,\na,1,demo_request,,,,,,,,"
    assert begun(life(lead(*demo("01-02")), paths=paths)) == [("01-02 00:00", "score")]
    made = life(lead(*demo("01-02")), paths=paths, thresholds="global,99,10,15,")
    assert begun(made) == [("01-02 00:00", "path:a")]
