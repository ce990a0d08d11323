"""The oracle on worlds small enough to work out by hand: points, caps, decay, fit, thresholds."""

from __future__ import annotations

import pytest

from .conditions import holds
from .episodes import Life, scores_at_end
from .handmade import activity, at, begun, dated_activity, history, lead, life, scores, world
from .scores import threshold_at


def points(made: Life) -> list[float]:
    """Points before decay in the order of activity ids."""
    return [made.earned[key].points for key in sorted(made.earned)]


def test_decay_halves_the_points_every_half_life() -> None:
    rules = "click,engagement,email_click,,,16,30,,,,"
    made = life(lead(activity("email_click", "01-01"), activity("other", "01-31")), rules=rules)
    # 16 at once; 30 days later half of it. The type without a rule makes an instant, not a point.
    assert scores(made) == {"01-01 00:00": 16.0, "01-31 00:00": 8.0}
    made = life(lead(activity("email_click", "01-01"), activity("other", "01-16")), rules=rules)
    # Half a half-life: 16 / sqrt(2) = 11.3137084990
    assert scores(made)["01-16 00:00"] == pytest.approx(11.313708498984761, abs=1e-12)


def test_a_blank_half_life_never_decays_and_each_rule_has_its_own() -> None:
    rules = "click,engagement,email_click,,,10,,,,,\npage,engagement,page_visit,,,8,10,,,,"
    made = life(
        lead(activity("email_click", "01-01"), activity("page_visit", "01-01"), activity("other", "01-21")),
        rules=rules,
    )
    assert scores(made)["01-21 00:00"] == 10 + 2  # 8 after two half-lives of ten days is 2


def test_engagement_is_floored_at_zero_and_fit_is_not() -> None:
    rules = "student,fit,is_student,eq,true,-20,,,,,\nleave,negative,unsubscribe,,,-30,,,,,"
    made = life(lead(history("01-01", is_student=True), activity("unsubscribe", "01-02")), rules=rules)
    row = made.score_rows[-1]
    # Engagement -30 becomes 0; the score is the fit of -20; the floor makes the reasons sum to it.
    assert (row.scores.fit, row.scores.engagement, row.scores.lead_score) == (-20, 0, -20)
    assert [(r.rule_id, r.points) for r in row.scores.reasons] == [
        ("student", -20),
        ("leave", -30),
        ("floor", 30),
    ]


def test_the_floor_is_taken_of_the_sum_at_each_instant_not_carried_along() -> None:
    made = life(
        lead(
            activity("unsubscribe", "01-02"),
            activity("email_click", "01-03"),
            activity("demo_request", "01-04"),
        )
    )
    # Fit 20. Engagement sums -30, -20, +20: floored 0, 0, 20.
    assert list(scores(made).values()) == [20, 20, 20, 40]


def test_reasons_sum_to_the_score() -> None:
    made = life(
        lead(
            activity("email_click", "01-02"),
            activity("unsubscribe", "01-03"),
            activity("page_visit", "01-04"),
        )
    )
    for row in made.score_rows:
        assert sum(reason.points for reason in row.scores.reasons) == pytest.approx(row.scores.lead_score)


def test_everything_known_at_one_instant_is_judged_together() -> None:
    made = life(lead(activity("email_click", "01-02", name="a"), activity("demo_request", "01-02", name="b")))
    assert scores(made) == {"01-01 00:00": 20, "01-02 00:00": 20 + 10 + 40}


def test_an_activity_counts_from_its_known_time_and_decays_from_its_occurrence() -> None:
    rules = "click,engagement,email_click,,,16,30,,,,"
    made = life(lead(activity("email_click", "01-01", known="01-31")), rules=rules)
    assert scores(made) == {"01-01 00:00": 0, "01-31 00:00": 8}


def test_a_bot_makes_an_instant_and_has_a_rule_but_no_points() -> None:
    made = life(lead(activity("email_click", "01-02", bot=True)))
    assert scores(made) == {"01-01 00:00": 20, "01-02 00:00": 20}
    earned = made.earned["email_click 01-02"]
    assert earned.rule is not None
    assert (earned.rule.rule_id, earned.points) == ("click", 0)


def test_an_activity_earns_by_the_rule_in_force_when_it_occurred() -> None:
    rules = (
        "click,engagement,email_click,,,10,,,,,2026-02-01\nclick,engagement,email_click,,,7,,,,2026-02-01,"
    )
    made = life(
        lead(
            activity("email_click", "01-31 23:59", known="02-05", name="a"),
            activity("email_click", "02-01 00:00", name="b"),
        ),
        rules=rules,
    )
    assert points(made) == [10, 7]


def test_validity_days_are_those_of_the_reporting_zone() -> None:
    rules = (
        "click,engagement,email_click,,,10,,,,,2026-02-01\nclick,engagement,email_click,,,7,,,,2026-02-01,"
    )
    # 31 January 23:30 UTC is already 1 February in Berlin (UTC+1 in winter).
    one = lead(activity("email_click", "01-31 23:30"))
    assert points(life(one, rules=rules)) == [10]
    assert points(life(one, rules=rules, zone="Europe/Berlin")) == [7]
    # A date-only value is its own day in every zone: 1 February, though 00:00 UTC is 31 January in New York.
    one = lead(dated_activity("email_click", "02-01"))
    assert points(life(one, rules=rules, zone="America/New_York")) == [7]


def test_fit_follows_the_rule_in_force_at_the_instant_and_the_attributes_known_then() -> None:
    rules = (
        "big,fit,employee_count,gte,100,10,,,,,2026-02-01\nbig,fit,employee_count,gte,100,30,,,,2026-02-01,"
    )
    one = lead(
        history("01-01", "01-10", employee_count=50),
        history("01-10", employee_count=100),
        activity("other", "02-02"),
    )
    # Too small; large enough under the old rule; the same attributes under the new rule.
    assert list(scores(life(one, rules=rules)).values()) == [0, 10, 30]


def test_attributes_are_null_before_the_first_row() -> None:
    rules = "unknown,fit,industry,is_null,,5,,,,,\nknown,fit,industry,not_null,,3,,,,,"
    one = lead(activity("other", "01-02"), history("01-05", industry="Software"))
    assert list(scores(life(one, rules=rules)).values()) == [5, 3]


def test_a_cap_counts_the_first_in_known_order_of_a_tumbling_window_from_1970() -> None:
    # 2026-01-01 is day 20,454 = 10 x 2,045 + 4 from 1970-01-01, so a ten-day window ends with 2026-01-06.
    rules = "click,engagement,email_click,,,10,,2,10,,"
    one = lead(
        activity("email_click", "01-02", known="01-09", name="a"),  # known last of its window: the third
        activity("email_click", "01-05", name="b"),
        activity("email_click", "01-06", name="c"),
        activity("email_click", "01-07", name="d"),  # next window
    )
    assert points(life(one, rules=rules)) == [0, 10, 10, 10]


def test_a_cap_without_a_window_holds_for_the_segment() -> None:
    rules = "click,engagement,email_click,,,10,,1,,,"
    one = lead(
        activity("email_click", "01-02", name="a"),
        activity("email_click", "06-02", name="b"),
    )
    assert points(life(one, rules=rules)) == [10, 0]


def test_caps_order_by_known_time_then_occurrence_then_id_and_skip_bots() -> None:
    rules = "click,engagement,email_click,,,10,,1,,,"
    one = lead(
        activity("email_click", "01-02", known="01-05", name="z"),  # known together, occurred first: counts
        activity("email_click", "01-03", known="01-05", name="a"),
        activity("email_click", "01-01", bot=True, name="b"),
    )
    assert points(life(one, rules=rules)) == [0, 0, 10]
    one = lead(activity("email_click", "01-02", name="b"), activity("email_click", "01-02", name="a"))
    assert points(life(one, rules=rules)) == [10, 0]


def test_a_cap_runs_across_the_versions_of_a_rule() -> None:
    rules = (
        "click,engagement,email_click,,,10,,1,,,2026-02-01\nclick,engagement,email_click,,,7,,3,,2026-02-01,"
    )
    one = lead(*(activity("email_click", day) for day in ["01-10", "01-11", "02-10", "02-11"]))
    # Old version: one counts. New version: the first three of the rule_id count, the third of them is 02-10.
    assert points(life(one, rules=rules)) == [10, 0, 7, 0]


def test_cap_windows_are_reporting_zone_days() -> None:
    rules = "click,engagement,email_click,,,10,,1,1,,"
    one = lead(
        activity("email_click", "01-02 22:00", name="a"), activity("email_click", "01-02 23:30", name="b")
    )
    assert points(life(one, rules=rules)) == [10, 0]
    assert points(life(one, rules=rules, zone="Europe/Berlin")) == [10, 10]  # 23:00 and 00:30 of the next day


def test_scoring_version_is_the_newest_start_of_any_rule() -> None:
    rules = "a,engagement,email_click,,,1,,,,,2026-02-01\na,engagement,email_click,,,2,,,,2026-02-01,"
    made = life(lead(activity("other", "01-31"), activity("other", "02-01")), rules=rules)
    assert [row.scoring_version for row in made.score_rows] == ["initial", "initial", "2026-02-01"]


@pytest.mark.parametrize(
    ("channel", "day", "expected"),
    [
        ("web", "01-05", 60),  # the channel has no row yet
        ("web", "02-01", 50),
        ("web", "03-01", 65),  # blank: follows global again, whose newest row of one day is the lower
        ("event", "02-01", 60),
        (None, "03-01", 65),
    ],
)
def test_threshold_of_a_channel_or_global(channel: str | None, day: str, expected: float) -> None:
    rows = "global,60,10,15,\nweb,50,5,5,2026-02-01\nweb,,,,2026-03-01\n"
    rows += "global,70,1,1,2026-03-01\nglobal,65,9,9,2026-03-01"
    row = threshold_at(world(lead(), thresholds=rows), channel, at(day))
    assert row is not None
    assert row.threshold == expected


@pytest.mark.parametrize(
    ("operator", "value", "wanted", "expected"),
    [
        ("eq", "  SOFTWARE ", "software", True),
        ("ne", "Retail", "software", True),
        ("ne", None, "software", False),  # null satisfies only is_null
        ("in", "vp", "c_level| VP |director", True),
        ("gte", 50, "50", True),
        ("lte", 50.5, "50", False),
        ("gte", "abc", "50", False),  # can't be cast
        ("lte", "abc", "50", False),
        ("gte", "120", "50", True),
        ("eq", True, "true", True),
        ("eq", False, "true", False),
        ("eq", 100, "100.0", True),
        ("ne", 100, "abc", False),
        ("contains", "Head of Marketing", "MARKET", True),
        ("regex", "VP of Sales", r"^vp\b", True),
        ("regex", "the VP", r"^vp\b", False),
        ("regex", "QA Testing", "test", True),  # searches, does not match the whole
        ("is_null", None, None, True),
        ("is_null", "x", None, False),
        ("not_null", "x", None, True),
        ("not_null", None, None, False),
    ],
)
def test_conditions(operator: str, value: object, wanted: str | None, expected: bool) -> None:
    assert holds(operator, value, wanted) is expected


def test_a_recorded_score_decides_without_minimums_and_is_the_one_reason() -> None:
    one = lead(
        history("01-01", industry="Banks"), activity("email_click", "01-02"), activity("other", "01-05")
    )
    one.recorded_scores = [(at("01-02"), 59.0), (at("01-03"), 61.0), (at("01-04"), 12.5)]
    made = life(one, score_basis="recorded")
    # Fit 0 and engagement 10 are below the minimums 10 and 15. Nothing happened on the 3rd but another score.
    assert scores(made) == {
        "01-01 00:00": 0,
        "01-02 00:00": 59,
        "01-03 00:00": 61,
        "01-04 00:00": 12.5,
        "01-05 00:00": 12.5,
    }
    (episode,) = made.episodes
    assert (episode.start.mql.at, episode.start.qualified_by) == (at("01-03"), "score")
    assert (episode.start.scores.fit, episode.start.scores.engagement) == (0, 10)
    assert [(reason.rule_id, reason.points) for reason in episode.reasons] == [("recorded", 61)]
    assert scores_at_end(world(one, score_basis="recorded"), one, made).lead_score == 12.5


def test_a_path_needs_no_minimums_beside_a_recorded_score() -> None:
    paths = "demo,1,demo_request,,,,30,,,,"
    one = lead(history("01-01", industry="Banks"), activity("demo_request", "01-02"))
    assert begun(life(one, paths=paths)) == []
    assert begun(life(one, paths=paths, score_basis="recorded")) == [("01-02 00:00", "path:demo")]
