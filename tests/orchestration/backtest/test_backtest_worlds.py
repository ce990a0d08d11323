"""The sample worlds: truth that is true, moving scores that move, policies that see no future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.backtest.worlds import BURN_IN, GRID, HandOffLog, Plan, World
from orchestration.settings import Band


def steady(threshold: float, weeks: int, *, moving: bool, seed: int = 1) -> HandOffLog:
    log = HandOffLog(World(Plan("calm", 400, moving, seed, drift=0.0)))
    for _ in range(weeks):
        log.run_week(threshold)
    return log


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("threshold", [30.0, 45.0, 60.0])
def test_the_true_rate_is_what_hand_offs_come_to(moving: bool, threshold: float) -> None:
    log = steady(threshold, BURN_IN, moving=moving)
    settled = (log.handed > 7 * 20) & np.isfinite(log.handed)
    came = np.isfinite(log.sql[settled]).mean()
    error = 3.5 * np.sqrt(came * (1 - came) / settled.sum())
    assert came == pytest.approx(log.world.true_rate(0, threshold), abs=error)


def test_true_rates_rise_with_the_threshold_and_the_oracle_hits_mid_band() -> None:
    world = World(Plan("shocks", seed=1))
    rates = world.rates(BURN_IN + 60)
    assert (np.diff(rates[GRID <= 90]) >= 0).all()
    best = world.best_threshold(BURN_IN + 60, Band())
    assert world.true_rate(BURN_IN + 60, best) == pytest.approx(0.225, abs=0.005)


def test_regimes_start_where_they_say() -> None:
    rates = {regime: World(Plan(regime)).true_rate(0, start) for regime, start in STARTS.items()}
    assert 0.15 < rates["calm"] < 0.30
    assert rates["too strict"] > 0.30
    assert rates["too loose"] < 0.15


STARTS = {"calm": 34.0, "too strict": 58.0, "too loose": 12.0}


def test_with_moving_scores_a_higher_threshold_delays_leads_and_refuses_some() -> None:
    low, high = steady(40, 30, moving=True), steady(55, 30, moving=True)
    both = np.isfinite(low.handed) & np.isfinite(high.handed)
    assert (high.handed[both] >= low.handed[both]).all()
    assert (high.handed[both] > low.handed[both]).mean() > 0.2
    assert np.isfinite(high.handed).sum() < 0.8 * np.isfinite(low.handed).sum()


def test_nothing_known_on_a_day_is_of_later() -> None:
    log = steady(45, 60, moving=True)
    known = log.known()
    for column in ("handed_off_at", "sql_at", "closed_at"):
        times = known.handed[column].dropna()
        assert len(times)
        assert (times < known.as_of).all()
    assert (known.candidates["scored_at"] < known.as_of).all()
    assert (known.candidates["scored_at"] >= known.as_of - pd.Timedelta(weeks=8)).all()


def test_what_is_known_of_a_past_day_does_not_change_with_what_comes() -> None:
    short, long = steady(45, 60, moving=True), steady(45, 60, moving=True)
    before = short.known()
    long.run_week(30)
    again = long.known()
    merged = before.handed.merge(again.handed, on="lead_id", suffixes=("", "_later"))
    assert len(merged) > 0.9 * len(before.handed)
    assert (merged["score"] <= merged["score_later"]).all()  # a peak only rises
    assert (merged["handed_off_at"] == merged["handed_off_at_later"]).all()


def test_peak_landmark_and_hand_off_score_are_ordered() -> None:
    log = steady(45, 60, moving=True)
    peak, landmark, at = (log.known(kind).handed["score"] for kind in ("peak", "landmark", "at hand-off"))
    assert (peak >= landmark).all()
    assert (landmark >= at).all()
    assert (at >= 45).all()
    assert (peak > at).mean() > 0.3


def test_equal_plans_are_equal_worlds() -> None:
    one, two = World(Plan("shocks", 100, True, 7)), World(Plan("shocks", 100, True, 7))
    assert np.array_equal(one.score, two.score)
    assert np.array_equal(one.level, two.level)
    assert not np.array_equal(one.level, World(Plan("shocks", 100, True, 8)).level)
