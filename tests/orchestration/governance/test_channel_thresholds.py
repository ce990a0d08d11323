"""A suggestion for one channel: its row says the channel, and a channel can follow all others again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from orchestration.errors import UsageError
from orchestration.governance.decide import Decider, accepting, rolling_back
from orchestration.governance.threshold_file import ThresholdRow


def utc(*parts: int) -> datetime:
    """UTC without a zone, as it is written."""
    return datetime(*parts[:3], hour=(*parts, 0)[3], tzinfo=UTC).replace(tzinfo=None)


PUBLISHED, NEXT = date(2026, 6, 28), date(2026, 6, 29)
ANA = Decider("Ana", utc(2026, 6, 29, 9), None)
SHIPPED = ThresholdRow("global", 45.0, 10.0, 15.0, None, line=2)
ACCEPTED = ThresholdRow("global", 45.0, 10.0, 15.0, date(2026, 1, 5), utc(2026, 1, 4), "Bo", "g1", line=3)
OWN = ThresholdRow("web", 60.0, 10.0, 15.0, date(2026, 3, 2), utc(2026, 3, 1), "Bo", "w1", line=4)


def accept(
    rows: list[ThresholdRow], current: float, suggested: float, *, splits_off: bool | None = None
) -> ThresholdRow:
    suggestion: dict[str, Any] = {
        "suggestion_id": "w2",
        "segment": "web",
        "current_threshold": current,
        "suggested_threshold": suggested,
        "splits_off": splits_off,
    }
    return accepting(
        suggestion,
        rows,
        published=PUBLISHED,
        suggested_on=PUBLISHED,
        newest_id="w2",
        effective_from=NEXT,
        by=ANA,
    )


def test_a_channel_gets_a_row_of_its_own_with_the_minimums_of_all() -> None:
    row = accept([SHIPPED, ACCEPTED], 45.0, 57.0)
    assert (row.segment, row.threshold, row.min_fit, row.min_engagement) == ("web", 57.0, 10.0, 15.0)
    assert (row.effective_from, row.accepted_by, row.suggestion_id) == (NEXT, "Ana", "w2")


def test_a_channel_whose_threshold_would_be_that_of_all_follows_again() -> None:
    row = accept([SHIPPED, ACCEPTED, OWN], 60.0, 45.0)
    assert (row.segment, row.threshold, row.min_fit, row.min_engagement) == ("web", None, None, None)


def test_a_channel_that_follows_already_needs_no_row() -> None:
    for rows in ([SHIPPED], [SHIPPED, ACCEPTED]):
        with pytest.raises(UsageError, match="keeps the threshold in force"):
            accept(rows, 45.0, 45.0)


def test_a_channel_that_follows_is_not_kept_back_by_accepting_and_one_that_splits_off_is() -> None:
    moved = ThresholdRow("global", 50.0, 10.0, 15.0, NEXT, utc(2026, 6, 29), "Bo", "g2", line=5)
    with pytest.raises(UsageError, match="follows all channels"):
        accept([SHIPPED, ACCEPTED, moved], 45.0, 45.0, splits_off=False)
    assert accept([SHIPPED, ACCEPTED, moved], 45.0, 45.0, splits_off=True).threshold == 45.0


def test_a_channel_judged_on_another_threshold_of_all_is_stale() -> None:
    moved = ThresholdRow("global", 50.0, 10.0, 15.0, date(2026, 6, 1), utc(2026, 5, 31), "Bo", "g2")
    with pytest.raises(UsageError, match=r"judged a threshold of 45, in force is 50"):
        accept([SHIPPED, ACCEPTED, moved], 45.0, 57.0)


def test_a_change_for_all_accepted_the_same_day_leaves_the_channel_s_suggestion_open() -> None:
    moved = ThresholdRow("global", 50.0, 10.0, 15.0, NEXT, utc(2026, 6, 29), "Bo", "g2", line=5)
    assert accept([SHIPPED, ACCEPTED, moved], 45.0, 57.0).threshold == 57.0
    assert accept([SHIPPED, ACCEPTED, OWN, moved], 60.0, 50.0).threshold is None
    assert accept([SHIPPED, ACCEPTED, moved], 45.0, 45.0).threshold == 45.0  # it keeps what suits it


def test_rolling_back_a_channel_s_first_own_threshold_lets_it_follow_again() -> None:
    taken, row = rolling_back([SHIPPED, ACCEPTED, OWN], "web", earliest=NEXT, asked=None, by=ANA)
    assert (taken.suggestion_id, row.segment, row.threshold) == ("w1", "web", None)
