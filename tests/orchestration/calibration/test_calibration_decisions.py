"""What `suggest` decides in worlds with known truth, the edge cases of the method one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, usual_curve

from orchestration.calibration import Suggestion, suggest
from orchestration.errors import UsageError
from orchestration.settings import Band, CalibrationSettings, Settings

QUICK = Settings(calibration=CalibrationSettings(draws=60))


def decide(world: World, settings: Settings | None = None) -> Suggestion:
    handed, candidates = world.make()
    return suggest(handed, candidates, AS_OF, world.threshold, settings)


def test_a_threshold_in_mid_band_is_kept() -> None:
    found = decide(World())
    assert found.status == "HOLD"
    assert found.suggested_threshold == found.current_threshold == 45
    assert found.p_in_band_now is not None
    assert found.p_in_band_now >= 0.90  # never sure: a jump of the market is always possible
    assert found.rate_now == pytest.approx(World().true_rate(45), abs=0.03)
    assert "Keep 45" in found.reasons
    assert "A trial of" not in found.reasons


def test_a_loose_threshold_is_raised_and_a_strict_one_lowered_without_leaving_the_band() -> None:
    loose = World(threshold=10, curve=lambda s: usual_curve(s, -0.3))
    found = decide(loose)
    assert found.status == "CHANGE"
    assert "A trial of 30 to 60 days can't decide anything at this volume: in 8 of 10" in found.reasons
    assert 10 < found.suggested_threshold <= 25
    strict = World(threshold=75)
    found = decide(strict)
    assert found.status == "CHANGE"
    assert 63 <= found.suggested_threshold < 75
    assert found.worst_case_rate >= 0.15
    assert not found.is_identified
    assert "Not tested below 75" in found.reasons


def test_a_change_wins_ten_points_of_chance_or_halves_the_risk_and_holding_forgoes_less() -> None:
    seen = set()
    for threshold in (24, 36, 44):
        found = decide(World(leads_per_week=90, threshold=threshold, seed=threshold), QUICK)
        assert found.p_in_band_now is not None
        assert found.p_in_band_after is not None
        if found.status == "CHANGE" and 0.15 <= found.rate_now <= 0.30:
            won = found.p_in_band_after - found.p_in_band_now
            assert won > min(0.10, 1 - found.p_in_band_after)
            seen.add("CHANGE")
        if found.status == "HOLD" and found.p_in_band_now < 0.95:
            reach = found.curve["threshold"].between(threshold, threshold + 15)
            best = found.curve.loc[reach & (found.curve["mqls_per_week"] >= 10), "p_in_band"].max()
            assert best <= found.p_in_band_now + 0.10 + 1e-9
            seen.add("HOLD")
    assert seen == {"CHANGE", "HOLD"}


def test_the_rate_is_recovered_at_every_tested_threshold() -> None:
    world = World(leads_per_week=1500)
    curve = decide(world).curve
    for threshold in (45.0, 55.0, 65.0, 75.0):
        row = curve[curve["threshold"] == threshold].iloc[0]
        assert row["rate"] == pytest.approx(world.true_rate(threshold), abs=0.03)
        assert row["rate_low"] <= world.true_rate(threshold) <= row["rate_high"]
        assert row["is_identified"]
    assert not curve.loc[curve["threshold"] < 44, "is_identified"].any()


def test_young_hand_offs_are_corrected_not_read_as_a_low_rate() -> None:
    world = World(leads_per_week=800, delay=30)
    handed, candidates = world.make()
    found = suggest(handed, candidates, AS_OF, 45)
    recent = handed[handed["handed_off_at"] > AS_OF - pd.Timedelta(days=60)]
    raw = recent["sql_at"].notna().mean()
    assert raw < 0.6 * world.true_rate(45)
    assert found.rate_now == pytest.approx(world.true_rate(45), abs=0.04)


def test_disqualified_leads_count_as_not_converted() -> None:
    kept, closed = World(leads_per_week=1000, closed=0.0), World(leads_per_week=1000, closed=0.95)
    assert decide(closed).rate_now == pytest.approx(decide(kept).rate_now, abs=1e-12)


def test_an_sql_after_the_lead_was_recycled_does_not_count_for_that_hand_off() -> None:
    handed, candidates = World().make()
    wrong = handed.assign(closed_at=handed["handed_off_at"] + pd.Timedelta(minutes=1))
    found = suggest(wrong, candidates, AS_OF, 45)
    assert found.sqls == (wrong["sql_at"] <= wrong["closed_at"]).sum()


def test_what_happened_after_the_as_of_is_not_known() -> None:
    handed, candidates = World().make()
    early = AS_OF - pd.Timedelta(days=60)
    before = handed[handed["handed_off_at"] < early]
    known = before.assign(sql_at=before["sql_at"].where(before["sql_at"] < early))
    seen = candidates[candidates["scored_at"] < early]
    a, b = suggest(handed, candidates, early, 45), suggest(known, seen, early, 45)
    pd.testing.assert_frame_equal(a.curve, b.curve)
    assert (a.rate_now, a.sqls, a.handed_off_leads) == (b.rate_now, b.sqls, b.handed_off_leads)


def test_no_sql_among_many_raises_by_a_third_of_a_step() -> None:
    found = decide(World(curve=lambda s: 0 * s))
    assert found.status == "CHANGE"
    assert found.suggested_threshold == 50


def test_no_sql_among_few_and_thirteen_hand_offs_are_too_little() -> None:
    for world in (World(curve=lambda s: 0 * s, leads_per_week=1), World(leads_per_week=1, weeks=30)):
        found = decide(world)
        assert found.status == "INSUFFICIENT_DATA"
        assert found.suggested_threshold == 45
        assert found.p_in_band_now is None
        assert found.p_in_band_after is None
        assert found.rate_now_low <= world.true_rate(45) <= found.rate_now_high


def test_only_five_day_old_hand_offs_are_too_little() -> None:
    handed, candidates = World(leads_per_week=4000, weeks=2, delay=4).make()
    young = handed[handed["handed_off_at"] > AS_OF - pd.Timedelta(days=5)]
    assert young["sql_at"].notna().sum() > 20
    assert suggest(young, candidates, AS_OF, 45).status == "INSUFFICIENT_DATA"


def test_all_positive_asks_to_check_for_leakage() -> None:
    found = decide(World(curve=lambda s: 0 * s + 1))
    assert found.status == "CHECK_LEAKAGE"
    assert found.suggested_threshold == 45


def test_one_score_is_degenerate_and_three_scores_are_not() -> None:
    handed, candidates = World().make()
    one = suggest(handed.assign(score=50), candidates.assign(score=50), AS_OF, 45)
    assert (one.status, one.suggested_threshold) == ("DEGENERATE_SCORE", 45)
    tied = suggest(
        handed.assign(score=handed["score"] // 20 * 20),
        candidates.assign(score=candidates["score"] // 20 * 20),
        AS_OF,
        40,
    )
    assert tied.status in ("HOLD", "CHANGE")


def test_a_score_that_ranks_backwards_is_named_and_never_lowered() -> None:
    for level in (0.0, 0.25):  # in band; above it, where lowering would be due
        found = decide(World(curve=lambda s, add=level: 0.55 - 0.005 * s + add))
        assert found.status == "NON_MONOTONE"
        assert found.p_monotone < 0.01
        assert found.suggested_threshold >= 45


def test_a_band_that_no_threshold_reaches_is_said_so() -> None:
    low = decide(World(curve=lambda s: 0.02 + 0.0004 * s))
    assert low.status == "BAND_UNREACHABLE"
    assert low.suggested_threshold > 45
    assert "too low everywhere" in low.reasons
    high = decide(World(threshold=30, curve=lambda s: 0.6 + 0.001 * s))
    assert high.status == "BAND_UNREACHABLE"
    assert 30 - Settings().calibration.max_step_down <= high.suggested_threshold <= 30


def test_capacity_outranks_the_band() -> None:
    rates = lambda s: usual_curve(s, 0.6)  # noqa: E731 - a curve
    bound = decide(World(curve=rates), Settings(capacity_per_week=120))
    assert bound.status == "CAPACITY_BOUND"
    assert bound.mqls_per_week_after <= 120
    assert bound.rate_after > 0.30
    fits = decide(World(), Settings(capacity_per_week=150))
    assert fits.status == "CHANGE"
    assert fits.mqls_per_week_after <= 150
    tiny = decide(World(), Settings(capacity_per_week=20))
    assert tiny.status == "CAPACITY_BOUND"
    assert tiny.suggested_threshold == 60
    assert "comes closest" in tiny.reasons


def test_volume_is_never_pushed_below_the_minimum() -> None:
    settings = Settings(calibration=CalibrationSettings(min_mqls_per_week=150), band=Band(low=0.3, high=0.5))
    found = decide(World(), settings)
    assert found.mqls_per_week_after >= 150
    assert "fewer than 150 MQLs a week" in found.reasons


def test_explored_leads_teach_the_curve_but_stay_out_of_the_headline() -> None:
    everyone, candidates = World(threshold=33).make()
    rng = np.random.default_rng(0)
    explored = (everyone["score"] < 45).to_numpy()
    picked = everyone[~explored | (rng.random(len(everyone)) < 0.10)].assign(
        explored=lambda f: f["score"] < 45
    )
    with_them = suggest(picked, candidates, AS_OF, 45)
    without = suggest(picked[~picked["explored"]], candidates, AS_OF, 45)
    assert (with_them.handed_off_leads, with_them.sqls) == (without.handed_off_leads, without.sqls)
    at = {"with": with_them.curve.set_index("threshold"), "without": without.curve.set_index("threshold")}
    assert at["with"].loc[36.0, "is_identified"]
    assert not at["without"].loc[36.0, "is_identified"]
    truth = World().true_rate(36)
    assert at["with"].loc[36.0, "rate_low"] <= truth <= at["with"].loc[36.0, "rate_high"]
    width = {k: v.loc[36.0, "rate_high"] - v.loc[36.0, "rate_low"] for k, v in at.items()}
    assert width["with"] < width["without"]


def test_first_crossings_do_not_count_leads_that_were_above_before() -> None:
    handed, candidates = World().make()
    candidates["previous_score"] = np.where(
        np.arange(len(candidates)) % 2 == 0, candidates["score"] - 5, np.nan
    )
    found = suggest(handed, candidates, AS_OF, 45)
    score, previous = candidates["score"], candidates["previous_score"]
    crossed = ((score >= 45) & ~(previous >= 45)).sum() / 8
    assert found.mqls_per_week_now == pytest.approx(crossed)


def test_max_sql_goes_lower_than_the_centre_and_value_stops_where_a_lead_pays() -> None:
    handed, candidates = World(threshold=30, leads_per_week=800).make()

    def under(**knobs: object) -> Suggestion:
        settings = Settings(calibration=CalibrationSettings.model_validate(knobs))
        return suggest(handed, candidates, AS_OF, 60, settings)

    centre, most = under(), under(objective="max_sql")
    assert most.suggested_threshold <= centre.suggested_threshold
    assert most.p_in_band_after is not None
    assert most.p_in_band_after >= 0.9
    paying = under(objective="value", cost_per_worked_lead=20, value_per_sql=100)
    assert paying.marginal_rate == pytest.approx(0.20, abs=0.05)
    with pytest.raises(UsageError, match="cost_per_worked_lead"):
        under(objective="value")


@pytest.mark.parametrize("scale", [0.01, 10.0])
def test_another_score_scale_moves_in_hundredths_of_its_range(scale: float) -> None:
    handed, candidates = World(threshold=75).make()
    spread = np.subtract(*np.quantile(candidates["score"], [0.99, 0.01]))
    found = suggest(
        handed.assign(score=handed["score"] * scale),
        candidates.assign(score=candidates["score"] * scale),
        AS_OF,
        75 * scale,
    )
    assert 0 < 75 * scale - found.suggested_threshold <= 12 * scale * spread / 100 + 1e-9


def test_suggestion_and_curve_agree_exactly() -> None:
    for threshold in (10.0, 37.5, 45.0, 75.0):
        found = decide(World(threshold=threshold))
        for suffix, at in (("now", found.current_threshold), ("after", found.suggested_threshold)):
            row = found.curve[found.curve["threshold"] == at].iloc[0]
            assert getattr(found, f"rate_{suffix}") == row["rate"]
            assert getattr(found, f"rate_{suffix}_low") == row["rate_low"]
            assert getattr(found, f"rate_{suffix}_high") == row["rate_high"]
            assert getattr(found, f"p_in_band_{suffix}") == row["p_in_band"]
            assert getattr(found, f"mqls_per_week_{suffix}") == row["mqls_per_week"]
            assert getattr(found, f"sqls_per_week_{suffix}") == row["sqls_per_week"]
        assert found.equivalent_low <= found.suggested_threshold <= found.equivalent_high


def test_hand_offs_of_older_scoring_rules_teach_the_delay_but_not_the_curve() -> None:
    handed, candidates = World(weeks=52).make()
    old = handed["handed_off_at"] < AS_OF - pd.Timedelta(days=60)
    scale = np.where(old, 1000.0, 1.0)
    alone = suggest(handed[~old], candidates, AS_OF, 45)
    helped = suggest(handed.assign(delay_only=old, score=handed["score"] * scale), candidates, AS_OF, 45)
    assert alone.status == "INSUFFICIENT_DATA"  # 60 days say nothing about day 90
    assert helped.status == "HOLD"
    assert helped.rate_now == pytest.approx(World().true_rate(45), abs=0.04)
    assert helped.handed_off_leads < (~old).sum()
