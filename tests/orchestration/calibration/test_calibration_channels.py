"""Channels: pulled towards the curve of all, split where it pays, told apart where that is sure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, failures
from channel_worlds import SIZES, ChannelWorld
from scipy import integrate, optimize
from scipy.special import expit, logit

from orchestration.calibration import checks, suggest
from orchestration.calibration.channels import CHANNEL_COLUMNS, FLAT, Split, fit_tau, shifts, split
from orchestration.calibration.method import Calibrated, calibrated
from orchestration.settings import CalibrationSettings, Settings

# The studies' thresholds go wherever the curve says: no step, no least volume.
FREE = Settings(
    calibration=CalibrationSettings(max_step_up=60, max_step_down=30, draws=100, min_mqls_per_week=0)
)
BASE = logit(np.linspace(0.05, 0.5, 6))


def calibrate(world: ChannelWorld, settings: Settings | None = None, current: float = 45) -> Calibrated:
    return calibrated(*world.make(), AS_OF, current, settings)


def used(done: Calibrated, parts: Split) -> dict[str, float]:
    """The threshold of each channel after splitting."""
    general = done.suggestion.suggested_threshold
    return {
        row["channel"]: row["own_threshold"] if row["label"] == "channel" else general for row in parts.rows
    }


def study(tau: float, seeds: range) -> dict[str, tuple[float, float]]:
    """Channels in band (plain, weighted by volume), mean over worlds: one threshold, none pooled, pooled."""
    found: dict[str, list[tuple[float, float]]] = {"global": [], "unpooled": [], "partial": []}
    for seed in seeds:
        shift = np.random.default_rng(10_000 + seed).normal(0, tau, len(SIZES))
        world = ChannelWorld(shift, seed=seed)
        done = calibrate(world, FREE)
        general = done.suggestion.suggested_threshold
        found["global"].append(world.in_band(dict.fromkeys(world.names, general)))
        found["unpooled"].append(world.in_band(used(done, split(done, {}, tau=FLAT))))
        found["partial"].append(world.in_band(used(done, split(done, {}))))
    return {name: tuple(np.mean(shares, axis=0)) for name, shares in found.items()}


def test_partial_pooling_keeps_more_channels_in_band_than_one_threshold_and_harms_nobody_when_alike() -> None:
    alike, unlike = study(0.0, range(1)), study(0.7, range(3))
    assert alike["partial"] == (1.0, 1.0)
    assert unlike["partial"][0] > unlike["global"][0] + 0.10
    assert unlike["partial"][1] > unlike["global"][1]


@pytest.mark.long
@pytest.mark.parametrize(("tau", "least"), [(0.0, 0.99), (0.4, 0.90), (0.7, 0.83)])
def test_the_evidence_of_the_method_on_channels_holds_in_full(tau: float, least: float) -> None:
    found = study(tau, range(40))
    assert found["partial"][0] >= least, found
    assert found["partial"][0] >= found["unpooled"][0] - 0.02, found
    if tau:
        assert found["partial"][0] >= found["global"][0] + 0.08, found


def test_the_shift_is_the_mode_of_its_posterior() -> None:
    rng = np.random.default_rng(1)
    exposure = rng.uniform(0, 60, (3, 6))
    exposure[2] = 0
    sqls = exposure * expit(BASE + np.array([[0.6], [-0.3], [0.0]]))
    found, curvature = shifts(BASE, sqls, exposure, 0.5)
    for c in range(3):

        def worse(u: float, c: int = c) -> float:
            own = sqls[c] * (BASE + u) - exposure[c] * np.logaddexp(0, BASE + u)
            return float(-own.sum() + u**2 / (2 * 0.5**2))

        assert found[c] == pytest.approx(optimize.minimize_scalar(worse).x, abs=1e-5)
    assert (found[2], curvature[2]) == (0.0, 0.0)  # nothing known: as all, as unsure as channels differ


def test_tau_is_where_the_marginal_likelihood_integrated_by_hand_is_largest() -> None:
    rng = np.random.default_rng(3)
    exposure = np.repeat(np.array([[400.0], [200], [80], [40], [20], [10]]), 6, axis=1) / 6
    truth = rng.normal(0, 0.6, 6)
    sqls = rng.binomial(np.round(exposure).astype(int), expit(BASE + truth[:, None])).astype(float)

    def log_marginal(tau: float) -> float:
        total = 0.0
        for k, n in zip(sqls, exposure, strict=True):
            top = float((k * BASE - n * np.logaddexp(0, BASE)).sum())

            def density(u: float, k: object = k, n: object = n, top: float = top) -> float:
                own = float((k * (BASE + u) - n * np.logaddexp(0, BASE + u)).sum()) - top
                return float(np.exp(own - u**2 / (2 * tau**2)) / np.sqrt(2 * np.pi) / tau)

            total += np.log(integrate.quad(density, -6, 6, limit=200, points=[-1, 0, 1])[0])
        return float(total)

    grid = np.arange(0.2, 1.2, 0.02)
    best = grid[int(np.argmax([log_marginal(tau) for tau in grid]))]
    assert fit_tau(BASE, sqls, exposure) == pytest.approx(best, abs=0.05)


def test_channels_that_are_alike_have_no_tau() -> None:
    exposure = np.full((5, 6), 50.0)
    assert fit_tau(BASE, exposure * expit(BASE), exposure) == 0.0


def test_one_threshold_fits_channels_that_are_alike_and_is_said_to() -> None:
    done = calibrate(ChannelWorld(np.zeros(4), sizes=(200, 100, 40, 10)))
    parts = split(done, {})
    assert [row["label"] for row in parts.rows] == ["pooled"] * 4
    assert parts.answer.startswith("One threshold fits all 4 channels: at 45")
    assert [s.status for s in parts.suggestions] == ["HOLD"] * 4
    assert [row["out_of_band"] for row in parts.rows] == [None] * 4
    assert not any(row["shape_warning"] for row in parts.rows)


def test_a_channel_that_converts_worse_gets_a_higher_threshold_of_its_own_and_is_named() -> None:
    world = ChannelWorld(np.array([0.1, -1.0, 0.0]), sizes=(200, 80, 60))
    done = calibrate(world)
    parts = split(done, {})
    worse = parts.rows[1]
    assert worse["label"] == "channel"
    assert worse["own_threshold"] >= done.suggestion.suggested_threshold + 3
    assert worse["shift_low"] <= -1.0 + 0.1 <= worse["shift_high"]
    assert worse["out_of_band"] == "below"
    assert worse["p_in_band_own"] > worse["p_in_band_global"]
    assert "does not fit all channels: " in parts.answer
    assert "channel 1 (below)" in parts.answer
    own = parts.suggestions[1]
    assert (own.segment, own.status, own.current_threshold) == ("channel 1", "CHANGE", 45)
    assert own.suggested_threshold == worse["own_threshold"]
    assert own.suggestion_id == worse["suggestion_id"]
    assert "convert worse than those of other channels with the same score" in own.reasons


def test_a_few_leads_are_pulled_towards_all_channels_many_are_not() -> None:
    world = ChannelWorld(np.array([0.0, -0.9, -0.9]), sizes=(300, 120, 4))
    _, large, small = split(calibrate(world), {}).rows
    assert large["shift"] == pytest.approx(-0.8, abs=0.3)
    assert abs(small["shift"]) < abs(large["shift"])
    assert small["shift_high"] - small["shift_low"] > 2 * (large["shift_high"] - large["shift_low"])


def test_a_few_leads_with_a_chance_mix_of_scores_are_no_reason_for_a_threshold_of_its_own() -> None:
    handed, candidates = ChannelWorld(np.zeros(2), sizes=(200, 60)).make()
    few = candidates[candidates["score"].between(45, 52)].head(6).assign(channel="few")
    row = split(calibrated(handed, pd.concat([candidates, few]), AS_OF, 45), {}).rows[-1]
    assert (row["channel"], row["label"]) == ("few", "pooled")


def test_a_channel_nobody_of_which_was_handed_over_follows_all_others() -> None:
    handed, candidates = ChannelWorld(np.zeros(2), sizes=(200, 60)).make()
    new = candidates.head(80).assign(channel="new")
    done = calibrated(handed, pd.concat([candidates, new]), AS_OF, 45)
    row = split(done, {}).rows[-1]
    assert (row["channel"], row["label"], row["handed_off_leads"], row["sqls"]) == ("new", "pooled", 0, 0)
    assert row["shift"] == 0.0


def test_a_channel_whose_scores_rank_backwards_is_warned_of_and_others_are_not() -> None:
    world = ChannelWorld(np.zeros(4), sizes=(250, 120, 80, 60), inverted=2)
    done = calibrate(world)
    parts = split(done, {})
    assert [row["shape_warning"] for row in parts.rows] == [False, False, True, False]
    assert "look at its scores first" in parts.suggestions[2].reasons


def test_a_threshold_of_its_own_is_what_the_channel_is_judged_from() -> None:
    world = ChannelWorld(np.array([0.1, -1.0, 0.0]), sizes=(200, 80, 60))
    done = calibrate(world)
    suits = split(done, {"channel 1": 68.0}).rows[1]["own_threshold"]  # 45 is more than one step away
    kept = split(done, {"channel 1": suits + 0.5}).suggestions[1]
    assert kept.current_threshold == suits + 0.5
    assert (kept.status, kept.suggested_threshold) == ("HOLD", suits + 0.5)
    needless = split(calibrate(ChannelWorld(np.zeros(3), sizes=(200, 80, 60))), {"channel 1": 56.0})
    back = needless.suggestions[1]
    assert (back.status, back.suggested_threshold) in {("CHANGE", 45.0), ("HOLD", 56.0)}


def test_every_suggestion_agrees_with_its_curve_and_keeps_the_step_and_the_volume() -> None:
    world = ChannelWorld(np.array([0.3, -0.8, 0.9, 0.0]), sizes=(200, 80, 30, 6))
    done = calibrate(world)
    parts = split(done, {"channel 2": 33.3})
    every = [done.suggestion, *parts.suggestions]
    rows = pd.DataFrame([s.row() for s in every])
    assert failures(pd.concat([s.curve for s in every]), rows) == []
    table = pd.DataFrame(list(parts.rows))
    assert list(table) == list(CHANNEL_COLUMNS)
    assert checks.channels_agree_with_suggestions(table, rows) == []
    assert done.suggestion.splits_off is None
    for row, own in zip(parts.rows, parts.suggestions, strict=True):
        assert own.splits_off == (row["label"] == "channel" and own.segment != "channel 2")
        moves_with_all = "Nothing is to be accepted" in own.reasons
        assert moves_with_all == (row["label"] == "pooled" and own.segment != "channel 2")
    knobs = Settings().calibration
    for own in parts.suggestions:
        step = own.suggested_threshold - own.current_threshold
        assert -knobs.max_step_down <= step <= knobs.max_step_up
        assert own.mqls_per_week_after > 0
        assert own.worst_case_rate >= 0.15 or own.suggested_threshold >= own.current_threshold
    whole = done.suggestion
    assert sum(s.mqls_per_week_now for s in parts.suggestions if s.current_threshold == 45) < (
        whole.mqls_per_week_now
    )


def test_a_channel_takes_its_share_of_what_sales_can_work() -> None:
    world = ChannelWorld(np.full(2, 0.0), sizes=(200, 100))
    done = calibrate(world, Settings(capacity_per_week=120))
    parts = split(done, {})
    assert done.suggestion.mqls_per_week_after <= 120
    assert sum(row["mqls_per_week_own"] for row in parts.rows) <= 120 * 1.02


def test_the_order_of_rows_changes_nothing_and_channels_are_known_by_name_only() -> None:
    world = ChannelWorld(np.array([0.1, -0.8, 0.3]), sizes=(120, 60, 20), weeks=30)
    handed, candidates = world.make()
    first = split(calibrated(handed, candidates, AS_OF, 45), {})
    shuffled = [frame.sample(frac=1, random_state=2) for frame in (handed, candidates)]
    again = split(calibrated(*shuffled, AS_OF, 45), {})
    assert first == again
    for one, other in zip(first.suggestions, again.suggestions, strict=True):
        pd.testing.assert_frame_equal(one.curve, other.curve, check_exact=True)
    category = [frame.assign(channel=frame["channel"].astype("category")) for frame in (handed, candidates)]
    assert split(calibrated(*category, AS_OF, 45), {}) == first
    assert suggest(handed, candidates, AS_OF, 45) == suggest(
        handed.drop(columns="channel"), candidates.drop(columns="channel"), AS_OF, 45
    )


def test_who_came_through_which_channel_is_part_of_a_channel_s_identity_only() -> None:
    world = ChannelWorld(np.zeros(2), sizes=(100, 60), weeks=30)
    handed, candidates = world.make()
    moved = handed.assign(channel=handed["channel"].where(handed.index > 5, "channel 1"))
    one, other = (calibrated(frame, candidates, AS_OF, 45) for frame in (handed, moved))
    assert one.suggestion.suggestion_id == other.suggestion.suggestion_id
    ids = [s.suggestion_id for done in (one, other) for s in split(done, {}).suggestions]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    "names", [["web"] * 2, [None, "web"], ["global", "web"], ["(none)", "web"], ["a@b", "web"]]
)
def test_with_one_usable_channel_there_is_nothing_to_split(names: list[str | None]) -> None:
    handed, candidates = World(weeks=40).make()
    frames = [
        frame.assign(channel=[names[i % 2] for i in range(len(frame))]) for frame in (handed, candidates)
    ]
    assert split(calibrated(*frames, AS_OF, 45), {}) == Split((), (), "")


def test_channels_are_not_judged_where_all_together_can_not_be() -> None:
    handed, candidates = ChannelWorld(np.zeros(2), sizes=(200, 60)).make()
    few = calibrated(handed.head(20), candidates, AS_OF, 45)
    assert few.suggestion.status == "INSUFFICIENT_DATA"
    leaking = calibrated(
        handed.assign(sql_at=handed["handed_off_at"] + pd.Timedelta(hours=1)), candidates, AS_OF, 45
    )
    assert leaking.suggestion.status == "CHECK_LEAKAGE"
    for done in (few, leaking):
        assert split(done, {}) == Split((), (), "")
