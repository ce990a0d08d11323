"""What a suggestion promised against what came: which promise, over which time, and when it is too early."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.alarms.outcomes import (
    COLUMNS,
    Came,
    came_true,
    find_stretch,
    judge,
    outcome_text,
    timeline,
)
from orchestration.settings import Band

MADE = pd.Timestamp("2026-03-02")
AS_OF = pd.Timestamp("2026-09-01")
BAND = Band()


def suggested(**values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "suggestion_id": "s1", "as_of": MADE.isoformat(), "segment": "global", "status": "CHANGE",
        "decision": None, "current_threshold": 60.0, "suggested_threshold": 66.0,
    }  # fmt: skip
    for when, rate, mqls in (("now", 0.14, 80.0), ("after", 0.21, 50.0)):
        row |= {
            f"rate_{when}": rate, f"rate_{when}_low": rate - 0.03, f"rate_{when}_high": rate + 0.04,
            f"p_in_band_{when}": 0.9, f"mqls_per_week_{when}": mqls, f"sqls_per_week_{when}": rate * mqls,
        }  # fmt: skip
    return row | values


def period(
    threshold: float | None, begins: str | None, ends: str | None, *, by: str | None = "Ann",
    suggestion: str | None = None, segment: str = "global",
) -> dict[str, Any]:  # fmt: skip
    return {
        "segment": segment,
        "threshold": threshold,
        "effective_from": pd.NaT if begins is None else pd.Timestamp(begins),
        "effective_to": pd.NaT if ends is None else pd.Timestamp(ends),
        "accepted_by": by,
        "suggestion_id": suggestion,
    }


def came(n: int, sqls: int, share: float = 1.0) -> Came:
    return Came(np.full(n, share), np.arange(n) < sqls)


def judged(row: dict[str, Any], history: list[dict[str, Any]], seen: Came) -> dict[str, Any]:
    stretch = find_stretch(row, history, AS_OF)
    found = judge(row, stretch, seen, least_share=0.15, band=BAND)
    assert set(found) <= set(COLUMNS)
    return dict.fromkeys(COLUMNS) | found


def test_an_accepted_suggestion_is_held_to_what_it_said_of_after() -> None:
    history = [
        period(60, None, "2026-03-09"),
        period(66, "2026-03-09", "2026-05-04", suggestion="s1"),
        period(64, "2026-05-04", None),
    ]
    stretch = find_stretch(suggested(), history, AS_OF)
    assert (stretch.promise, stretch.threshold) == ("after", 66)
    assert (stretch.begins, stretch.ends) == (pd.Timestamp("2026-03-09"), pd.Timestamp("2026-05-04"))
    row = judged(suggested(), history, came(400, 84))
    assert (row["promised_rate"], row["promised_rate_low"], row["promised_mqls_per_week"]) == (0.21, 0.18, 50)
    assert row["is_inside"]
    assert row["is_in_band"]
    assert row["mqls_per_week"] == pytest.approx(50)


def test_a_rejected_or_open_one_is_held_to_what_it_said_of_now_for_thirteen_weeks() -> None:
    stretch = find_stretch(suggested(decision="rejected"), [period(60, "2025-01-06", None)], AS_OF)
    assert (stretch.promise, stretch.threshold, stretch.begins) == ("now", 60, MADE)
    assert stretch.ends == MADE + pd.Timedelta(weeks=13)


def test_before_the_first_acceptance_the_threshold_that_reproduces_what_sales_got_counts() -> None:
    shipped = [period(80, None, None, by=None)]
    stretch = find_stretch(suggested(status="FIRST_RUN"), shipped, AS_OF)
    assert (stretch.promise, stretch.threshold) == ("now", 60)


def test_nothing_was_promised_for_a_threshold_that_nobody_suggested() -> None:
    row = judged(suggested(), [period(50, "2026-01-05", None)], came(400, 80))
    assert row["promise"] is None
    assert row["is_inside"] is None
    assert row["reason"] == "Nothing was promised for the threshold that was in force (50)."


def test_what_comes_after_the_as_of_is_not_waited_for() -> None:
    stretch = find_stretch(suggested(), [period(60, None, None)], MADE + pd.Timedelta(days=10))
    assert stretch.ends == MADE + pd.Timedelta(days=10)


@pytest.mark.parametrize(
    ("seen", "tells"),
    [(came(19, 3), False), (came(21, 3), True), (came(100, 8, 0.4), False), (came(100, 8, 0.6), True)],
)
def test_few_or_young_hand_offs_are_too_early(seen: Came, tells: bool) -> None:
    row = judged(suggested(), [period(60, None, None)], seen)
    assert (row["is_inside"] is not None) == tells
    assert (row["reason"] is None) == tells
    if not tells:
        assert row["reason"].startswith("Too early")


def test_insufficient_data_promised_nothing() -> None:
    unsure = suggested(status="INSUFFICIENT_DATA", p_in_band_now=None, p_in_band_after=None)
    row = judged(unsure, [period(60, None, None)], came(400, 80))
    assert row["is_inside"] is None
    assert row["reason"].startswith("Nothing was promised")


def test_a_channel_follows_global_where_it_has_no_threshold_of_its_own() -> None:
    history = [
        period(60, None, "2026-03-09"),
        period(66, "2026-03-09", None),
        period(70, "2026-02-02", "2026-05-04", segment="webinar"),
        period(None, "2026-05-04", None, segment="webinar"),
    ]
    own = timeline(history, "webinar")
    assert [row["threshold"] for row in own] == [60, 70, 66]
    assert own[1]["effective_to"] == pd.Timestamp("2026-05-04")
    assert [row["threshold"] for row in timeline(history, "email")] == [60, 66]


def test_nine_of_ten_honest_promises_come_true() -> None:
    """The truth is drawn from what was promised, what came from the truth."""
    rng = np.random.default_rng(1)
    spread = 0.2 / 1.645
    logit = np.log(0.21 / 0.79) + spread * rng.normal(size=400)
    low, high = (1 / (1 + np.exp(-(np.log(0.21 / 0.79) + end))) for end in (-0.2, 0.2))
    truth = 1 / (1 + np.exp(-logit))
    true = [came_true(0.21, low, high, int(rng.binomial(300, 0.8 * p)), 300, 0.8) for p in truth]
    assert 0.86 <= np.mean(true) <= 0.96


def test_a_promise_far_from_what_came_is_not_true() -> None:
    assert not came_true(0.21, 0.18, 0.25, 36, 300, 1.0)
    assert not came_true(0.21, 0.18, 0.25, 99, 300, 1.0)
    assert came_true(0.21, 0.18, 0.25, 70, 300, 1.0)


def test_the_sentence_says_what_came_against_what_was_promised() -> None:
    text = outcome_text(judged(suggested(), [period(60, None, None)], came(400, 100)))
    assert text.startswith("not as promised: 25.0% expected final (90 %: 21.")
    assert "promised 14.0% (11.0%–18.0%)" in text
    early = judged(suggested(), [period(60, None, None)], came(5, 1))
    assert outcome_text(early) == early["reason"]
