"""Walks: the measures are what they say, and do not depend on how the work is divided."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.backtest.policies import Decision, Known, naive_matured, naive_raw
from orchestration.backtest.walk import NAMES, Walk, score, walk, walk_worlds
from orchestration.backtest.worlds import EVALUATED, EVERY, Plan, World
from orchestration.settings import CalibrationSettings, Settings

QUICK = Settings(calibration=CalibrationSettings(draws=20))


def made(rates: float, stated: float | None, low: float = 0.1, high: float = 0.4) -> Walk:
    weeks = np.full(EVALUATED, rates)
    decisions = (Decision(34.0, stated, low, high),) * (EVALUATED // EVERY)
    return Walk(
        "bandpass", Plan("calm"), np.full(EVALUATED, 34.0), weeks, weeks * 0 + 200, weeks * 200, decisions
    )


def test_the_measures_are_shares_of_weeks() -> None:
    found = score([made(0.2, 0.9), made(0.12, 0.8), made(0.35, 0.7), made(0.2, 1.0, high=0.15)], Settings())
    assert (found.in_band, found.below, found.above) == (0.5, 0.25, 0.25)
    assert found.worked_per_week == 200
    assert found.sqls_per_week == pytest.approx(200 * (0.2 + 0.12 + 0.35 + 0.2) / 4)
    assert found.stated_in_band == pytest.approx(0.85)
    assert found.realised_in_band == 0.5
    assert found.interval_coverage == 0.75
    assert found.changes_per_year == 0


def test_a_change_at_the_first_decision_counts() -> None:
    stay = made(0.2, None)
    moved = Walk(
        stay.policy, stay.plan, stay.thresholds + 1, stay.rates, stay.worked, stay.sqls, stay.decisions
    )
    assert score([moved], Settings()).changes_per_year == 0.5
    assert score([moved], Settings()).stated_in_band is None


def test_the_oracle_is_always_in_band_and_fixed_never_changes() -> None:
    world = World(Plan("too strict", 100, False, 1))
    oracle, fixed = walk(world, "oracle", QUICK), walk(world, "fixed", QUICK)
    assert score([oracle], QUICK).in_band > 0.9  # jumps come between two decisions
    assert set(fixed.thresholds) == {58.0}
    assert score([fixed], QUICK).changes_per_year == 0


@pytest.mark.parametrize("policies", [("naive_raw",), pytest.param(NAMES, marks=pytest.mark.long)])
def test_walks_do_not_depend_on_the_number_of_processes(policies: tuple[str, ...]) -> None:
    plans = [Plan("calm", 40, moving, 3) for moving in (False, True)]
    alone = list(walk_worlds(plans, policies, QUICK, workers=1))
    shared = list(walk_worlds(plans, policies, QUICK, workers=2))
    for one, two in zip(alone, shared, strict=True):
        for a, b in zip(one, two, strict=True):
            assert (a.policy, a.plan, a.decisions) == (b.policy, b.plan, b.decisions)
            for name in ("thresholds", "rates", "worked", "sqls"):
                assert np.array_equal(getattr(a, name), getattr(b, name))


def known(age: float, score: np.ndarray, sqls: int) -> Known:
    as_of = pd.Timestamp("2026-06-01")
    handed = pd.DataFrame(
        {
            "lead_id": range(len(score)),
            "score": score,
            "handed_off_at": as_of - pd.Timedelta(days=age),
            "sql_at": pd.NaT,
            "closed_at": pd.NaT,
        }
    )
    handed["sql_at"] = handed["sql_at"].astype("datetime64[us]")
    handed.loc[len(score) - sqls :, "sql_at"] = as_of - pd.Timedelta(days=1)
    candidates = pd.DataFrame({"score": score, "scored_at": as_of - pd.Timedelta(days=3)})
    return Known(handed, candidates, as_of)


def test_the_raw_rule_reads_young_hand_offs_as_failures_and_raises() -> None:
    young = known(5, np.linspace(45, 80, 400), sqls=20)
    assert naive_raw(young, 45, Settings()).threshold == 60  # as far as one step goes
    assert naive_matured(young, 45, Settings()).threshold == 45  # nothing is final yet


def test_the_naive_rules_lower_by_taking_the_others_for_failures() -> None:
    found = naive_matured(known(100, np.linspace(45, 80, 400), sqls=200), 45, Settings())
    assert found.threshold == 45  # half became SQL, but nobody is there to add below
