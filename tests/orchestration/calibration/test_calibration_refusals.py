"""Worlds made to mislead: what can't be judged is refused, each with its own status and what to look at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, usual_curve

from orchestration.calibration import Suggestion, exact, suggest
from orchestration.settings import CalibrationSettings, Settings


def flat(rate: float) -> World:
    return World(curve=lambda s: 0 * s + rate)


def decide(handed: pd.DataFrame, candidates: pd.DataFrame, threshold: float = 45) -> Suggestion:
    found = suggest(handed, candidates, AS_OF, threshold)
    assert (found.p_in_band_now is None) == (found.status == "INSUFFICIENT_DATA")
    return found


@pytest.mark.parametrize("rate", [0.22, 0.40])
def test_a_score_that_has_nothing_to_do_with_the_outcome_moves_no_threshold(rate: float) -> None:
    found = decide(*flat(rate).make())
    assert (found.status, found.suggested_threshold) == ("NON_MONOTONE", 45)
    assert "look at the scoring rules" in found.reasons


@pytest.mark.parametrize("add", [0.0, 0.25, -0.1])
def test_a_score_that_ranks_backwards_moves_no_threshold(add: float) -> None:
    found = decide(*World(curve=lambda s: 0.55 - 0.005 * s + add).make())
    assert (found.status, found.suggested_threshold) == ("NON_MONOTONE", 45)


def test_capacity_counts_even_where_the_score_ranks_nothing() -> None:
    handed, candidates = flat(0.22).make()
    found = suggest(handed, candidates, AS_OF, 45, Settings(capacity_per_week=120))
    assert found.mqls_per_week_after <= 120


def test_where_only_the_top_scores_were_handed_over_a_flat_top_is_no_reason_to_refuse() -> None:
    world = World(threshold=70, curve=lambda s: np.where(s < 70, usual_curve(s), 0.4))
    found = decide(*world.make(), threshold=70)
    assert found.status == "CHANGE"
    assert found.suggested_threshold < 70


@pytest.mark.parametrize(("extra", "share"), [(800, 0.9), (3000, 0.9), (8000, 0.6)])
def test_leads_that_raise_their_hand_below_the_threshold_do_not_lower_it(extra: int, share: float) -> None:
    handed, candidates = World().make()
    rng = np.random.default_rng(0)
    at = AS_OF - pd.to_timedelta(rng.uniform(1, 400, extra), unit="D")
    raised = pd.DataFrame(
        {
            "lead_id": [f"raised {i}" for i in range(extra)],
            "score": rng.uniform(0, 45, extra),
            "handed_off_at": at,
            "sql_at": (at + pd.Timedelta(hours=5)).where(rng.random(extra) < share),
            "closed_at": pd.NaT,
        }
    )
    found = decide(pd.concat([handed, raised]), candidates)
    assert (found.status, found.suggested_threshold) == ("NON_MONOTONE", 45)


@pytest.mark.parametrize("weeks", [6, 8, 12])
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_an_sql_stage_that_means_more_leads_since_some_weeks_is_not_taken_for_a_market(
    weeks: int, share: float
) -> None:
    handed, candidates = World().make()
    since = handed["handed_off_at"] >= AS_OF - pd.Timedelta(weeks=weeks)
    now_sql = since & (np.random.default_rng(0).random(len(handed)) < share)
    at_once = handed["handed_off_at"] + pd.Timedelta(hours=1)
    found = decide(handed.assign(sql_at=handed["sql_at"].where(~now_sql, at_once)), candidates)
    assert (found.status, found.suggested_threshold) == ("CHECK_LEAKAGE", 45)
    assert "check whether a stage is defined or recorded otherwise" in found.reasons


@pytest.mark.parametrize("weeks", [6, 12])
def test_sqls_that_stop_being_recorded_do_not_raise_the_threshold(weeks: int) -> None:
    handed, candidates = World().make()
    known = handed["sql_at"] < AS_OF - pd.Timedelta(weeks=weeks)
    found = decide(handed.assign(sql_at=handed["sql_at"].where(known)), candidates)
    assert (found.status, found.suggested_threshold) == ("CHECK_LEAKAGE", 45)


def test_a_market_jump_is_followed() -> None:
    """The reference's shocks, -.55 and +.95 on the logit, eight weeks ago."""
    for jump in (-0.55, 0.95):
        handed, candidates = World().make()
        moved, _ = World(curve=lambda s, add=jump: usual_curve(s, add)).make()
        recent = handed["handed_off_at"] >= AS_OF - pd.Timedelta(weeks=8)
        found = decide(handed.assign(sql_at=handed["sql_at"].where(~recent, moved["sql_at"])), candidates)
        assert found.status in ("CHANGE", "HOLD")
        assert (found.suggested_threshold - 45) * jump <= 0


@pytest.mark.parametrize("seed", range(4))
def test_ten_positives_move_no_threshold_that_is_not_surely_wrong(seed: int) -> None:
    handed, candidates = World(leads_per_week=6, seed=seed, delay=10).make()
    mature = handed[handed["handed_off_at"] < AS_OF - pd.Timedelta(days=91)]
    tenth = mature["sql_at"].notna().cumsum()
    few = mature[tenth <= 10]
    assert few["sql_at"].notna().sum() == 10
    found = decide(few, candidates)
    assert found.status in ("INSUFFICIENT_DATA", "HOLD")
    assert found.suggested_threshold == 45


def test_few_positives_among_many_hand_offs_are_surely_too_low() -> None:
    handed, candidates = World().make()
    rank = handed["sql_at"].notna().cumsum()
    found = decide(handed.assign(sql_at=handed["sql_at"].where(rank <= 20)), candidates)
    assert found.suggested_threshold >= 45
    assert found.status in ("CHANGE", "BAND_UNREACHABLE", "CHECK_LEAKAGE")


def test_no_candidates_leave_volumes_unknown() -> None:
    handed, candidates = World().make()
    found = decide(handed, candidates.head(0))
    assert (found.status, found.suggested_threshold) == ("INSUFFICIENT_DATA", 45)
    assert "No lead was scored in the last 8 weeks" in found.reasons


def test_unreachable_bands_say_on_which_side() -> None:
    low = decide(*World(curve=lambda s: 0.02 + 0.0008 * s).make())
    assert (low.status, low.suggested_threshold) == ("BAND_UNREACHABLE", 60)
    assert "This is as far as one step goes" in low.reasons


@pytest.mark.parametrize("objective", ["center", "max_sql", "value"])
def test_every_objective_keeps_to_the_step_the_volume_and_the_worst_case(objective: str) -> None:
    knobs = CalibrationSettings.model_validate(
        {"objective": objective, "cost_per_worked_lead": 20, "value_per_sql": 150}
    )
    lowest = 60 - knobs.max_step_down
    handed, candidates = World(threshold=60).make()
    found = suggest(handed, candidates, AS_OF, 60, Settings(calibration=knobs))
    assert lowest < found.suggested_threshold <= 60 + knobs.max_step_up
    assert 0.15 <= found.worst_case_rate < 0.17  # the worst case allows less than the step
    assert found.mqls_per_week_after >= 10
    handed, candidates = World(threshold=60, curve=lambda s: 0.25 + 0.005 * s).make()
    found = suggest(handed, candidates, AS_OF, 60, Settings(calibration=knobs))
    assert found.suggested_threshold == lowest
    assert found.worst_case_rate > 0.17


def test_the_slope_of_a_known_curve_is_in_its_interval_and_of_none_is_near_nothing() -> None:
    rng = np.random.default_rng(2)
    score = rng.normal(0, 1, 20_000)
    seen = rng.uniform(0.3, 1.0, score.size)
    won = rng.random(score.size) < seen / (1 + np.exp(1.2 - 0.4 * score))
    low, high = exact.slope_interval(score, won, seen)
    assert low < 0.4 < high
    assert high - low < 0.10
    assert exact.slope_interval(rng.permutation(score), won, seen)[1] < 0.10
    assert exact.slope_interval(np.ones(5), np.ones(5, dtype=bool), np.ones(5)) == (-np.inf, np.inf)


def test_a_jump_holds_the_shift_that_made_it() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(200):
        k = rng.poisson(1000 * 0.2)
        low, high = exact.jump_interval(float(k), 100.0, 1000.0)
        held += low <= np.log(0.2 / 0.8) - np.log(0.1 / 0.9) <= high
    assert held >= 170
    assert exact.jump_interval(0.0, 50.0, 300.0)[1] < -1.4
    assert exact.jump_interval(0.0, 0.0, 300.0) == (-np.inf, np.inf)
