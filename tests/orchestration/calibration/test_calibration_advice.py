"""Each status says what was found and what would help, with numbers that hold."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, usual_curve

from orchestration.calibration import Suggestion, suggest
from orchestration.calibration.advice import help_in, weeks_until
from orchestration.calibration.evidence import gather
from orchestration.settings import CalibrationSettings, Settings


def quick(**knobs: object) -> Settings:
    return Settings(calibration=CalibrationSettings.model_validate({"draws": 20, **knobs}))


def advised(found: Suggestion) -> str:
    told = help_in(found.reasons)
    assert told is not None, found.reasons
    return told


def decide(world: World, settings: Settings | None = None) -> Suggestion:
    return suggest(*world.make(), AS_OF, world.threshold, settings or quick())


def test_too_few_sqls_are_counted_and_there_when_they_were_said_to_be() -> None:
    handed, candidates = World(leads_per_week=12, delay=10, weeks=80).make()
    begun = handed[handed["handed_off_at"] >= AS_OF - pd.Timedelta(weeks=52)]
    early = AS_OF - pd.Timedelta(weeks=40)

    def sqls(weeks: int) -> int:
        when = early + pd.Timedelta(weeks=weeks)
        return int(gather(begun, candidates, when, 45, quick()).labels.converted.sum())

    now = candidates.assign(scored_at=early - pd.Timedelta(days=3))
    found = suggest(begun, now, early, 45, quick())
    assert found.status == "INSUFFICIENT_DATA"
    told = re.search(r"(\d+) more SQLs? .* in about (\d+) weeks?", advised(found))
    assert told is not None, found.reasons
    missing, weeks = int(told[1]), int(told[2])
    assert missing == 10 - found.sqls
    came = next(week for week in range(1, 100) if sqls(week) >= 10)
    assert weeks / 2 <= came <= 2 * weeks


def test_sqls_that_are_known_count_when_their_hand_offs_are_old_enough() -> None:
    """Nothing is known of delays yet, so a hand-off counts after 90 days."""
    at = [AS_OF - pd.Timedelta(days=days) for days in (5, 20, 30, 40)]
    handed = pd.DataFrame({"lead_id": list("abcd"), "score": 60.0, "handed_off_at": at})
    handed["sql_at"] = handed["handed_off_at"] + pd.Timedelta(days=2)
    candidates = pd.DataFrame({"score": [50.0, 60.0], "scored_at": at[:2]})
    found = gather(handed, candidates, AS_OF, 45, quick())
    rate, weeks = weeks_until(found, 2, quick())
    assert rate == pytest.approx(4 / (40 / 7))
    assert weeks == -(-(90 - 30) // 7)
    nobody = gather(handed.assign(sql_at=pd.NaT), candidates, AS_OF, 45, quick())
    assert weeks_until(nobody, 10, quick()) == (0.0, None)


def test_nothing_scored_asks_for_scores() -> None:
    handed, candidates = World(leads_per_week=100).make()
    found = suggest(handed, candidates.head(0), AS_OF, 45, quick())
    assert "leads with scores" in advised(found)


@pytest.mark.parametrize(
    ("curve", "threshold", "way"),
    [
        (lambda s: 0.02 + 0.0004 * s, 45, "stricter criteria"),
        (lambda s: 0.6 + 0.001 * s, 20, "wider criteria"),
    ],
)
def test_a_band_out_of_reach_names_the_nearest_rate_and_the_way_there(
    curve: object, threshold: float, way: str
) -> None:
    found = decide(World(leads_per_week=150, threshold=threshold, curve=curve))  # type: ignore[arg-type]
    assert found.status == "BAND_UNREACHABLE"
    enough = found.curve[found.curve["mqls_per_week"] >= 10]
    off = np.maximum(0.15 - enough["rate"], enough["rate"] - 0.30)
    best = enough.loc[off.idxmin()]
    assert way in advised(found)
    assert f"{100 * best['rate']:.1f} % at {best['threshold']:g}, with" in advised(found)


def test_with_the_room_that_is_asked_for_the_rate_comes_into_the_band() -> None:
    handed, candidates = World(leads_per_week=200, threshold=33, curve=lambda s: usual_curve(s, 0.6)).make()
    sure = quick(draws=200)
    bound = suggest(handed, candidates, AS_OF, 45, sure.model_copy(update={"capacity_per_week": 60}))
    assert bound.status == "CAPACITY_BOUND"
    told = re.search(r"room for about (\d+) leads a week: at (\d+) the rate", advised(bound))
    assert told is not None, bound.reasons
    inside = bound.curve[(bound.curve["rate"] <= 0.30) & (bound.curve["threshold"] < 45)].iloc[-1]
    assert (f"{inside['mqls_per_week']:.0f}", f"{inside['threshold']:g}") == told.groups()
    room = sure.model_copy(update={"capacity_per_week": int(told[1]) + 1})
    assert suggest(handed, candidates, AS_OF, 45, room).status != "CAPACITY_BOUND"


def test_capacity_that_takes_no_rate_out_of_the_band_says_what_staying_would_need() -> None:
    found = decide(World(leads_per_week=100), quick().model_copy(update={"capacity_per_week": 5}))
    assert f"room for {found.mqls_per_week_now:.0f} leads a week, if the present" in advised(found)


def test_one_score_is_named() -> None:
    handed, candidates = World(leads_per_week=100).make()
    found = suggest(handed.assign(score=50), candidates.assign(score=50), AS_OF, 45, quick())
    assert found.status == "DEGENERATE_SCORE"
    assert f"all {len(candidates)} leads have a score of 50" in advised(found)


def test_a_score_that_ranks_backwards_shows_the_rates_of_both_ends() -> None:
    found = decide(World(leads_per_week=200, curve=lambda s: 0.55 - 0.005 * s))
    assert found.status == "NON_MONOTONE"
    told = re.search(r"below \d+ come to ([\d.]+) %, those from \d+ on to ([\d.]+) %", advised(found))
    assert told is not None, found.reasons
    assert float(told[1]) > float(told[2])


def jumped(weeks: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Since some weeks every hand-off is an SQL an hour later."""
    handed, candidates = World(leads_per_week=100).make()
    since = handed["handed_off_at"] >= AS_OF - pd.Timedelta(weeks=weeks)
    at_once = handed["handed_off_at"] + pd.Timedelta(hours=1)
    return handed.assign(sql_at=handed["sql_at"].where(~since, at_once)), candidates


def test_doubted_sqls_name_their_weeks_and_are_believed_once_a_person_has_looked() -> None:
    handed, candidates = jumped(8)
    found = suggest(handed, candidates, AS_OF, 45, quick())
    assert found.status == "CHECK_LEAKAGE"
    assert "since 2026-04-" in found.reasons
    assert "checked_until: 2026-05-31" in advised(found)
    looked = suggest(handed, candidates, AS_OF, 45, quick(checked_until=date(2026, 5, 31)))
    assert looked.status in ("CHANGE", "BAND_UNREACHABLE")
    assert looked.suggested_threshold < 45
    everyone = World(leads_per_week=100, curve=lambda s: 0 * s + 1).make()
    assert suggest(*everyone, AS_OF, 45, quick()).status == "CHECK_LEAKAGE"
    assert suggest(*everyone, AS_OF, 45, quick(checked_until=date(2026, 5, 31))).status == "BAND_UNREACHABLE"


def test_what_happens_after_a_person_has_looked_is_doubted_again() -> None:
    found = suggest(*jumped(8), AS_OF, 45, quick(checked_until=date(2026, 1, 31)))
    assert found.status == "CHECK_LEAKAGE"
    everyone = World(leads_per_week=100, curve=lambda s: 0 * s + 1).make()
    assert suggest(*everyone, AS_OF, 45, quick(checked_until=date(2026, 1, 31))).status == "CHECK_LEAKAGE"


def test_a_first_run_asks_to_accept_and_names_the_volume() -> None:
    handed, candidates = World(leads_per_week=100).make()
    found = suggest(handed, candidates, AS_OF, 45, quick(), first_run=True)
    assert found.status == "FIRST_RUN"
    assert f"({found.mqls_per_week_now:.0f} MQLs a week)" in found.reasons
    assert "accept a first threshold" in advised(found)


def test_a_change_says_how_long_a_trial_takes_and_a_hold_asks_for_nothing() -> None:
    changed = decide(World(leads_per_week=150, threshold=10, curve=lambda s: usual_curve(s, -0.3)))
    assert changed.status == "CHANGE"
    assert "A trial of" in changed.reasons
    held = decide(World(leads_per_week=200))
    assert held.status == "HOLD"
    assert help_in(held.reasons) is None


def test_a_change_without_any_sql_asks_first_whether_they_are_recorded() -> None:
    found = decide(World(leads_per_week=100, curve=lambda s: 0 * s))
    assert (found.status, found.sqls) == ("CHANGE", 0)
    assert f"not one of {found.handed_off_leads} hand-offs" in advised(found)


def test_a_hold_outside_the_band_says_what_stands_in_the_way() -> None:
    found = decide(
        World(leads_per_week=150, threshold=10, curve=lambda s: usual_curve(s, -0.3)),
        quick(min_mqls_per_week=400),
    )
    assert found.suggested_threshold == 10
    assert help_in(found.reasons) is not None
