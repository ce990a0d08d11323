"""Same input, same output; and nothing in the rows makes `suggest` fail or return a number that is none."""

from __future__ import annotations

import dataclasses
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, failures
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.calibration import CURVE_COLUMNS, Suggestion, suggest
from orchestration.errors import UsageError
from orchestration.settings import CalibrationSettings, Settings

FEW = Settings(calibration=CalibrationSettings(draws=20, min_positives=3, min_mqls_per_week=1))
STATUSES = {
    "CHANGE",
    "HOLD",
    "INSUFFICIENT_DATA",
    "BAND_UNREACHABLE",
    "CAPACITY_BOUND",
    "DEGENERATE_SCORE",
    "NON_MONOTONE",
    "CHECK_LEAKAGE",
    "FIRST_RUN",
}


def assert_sound(found: Suggestion) -> None:
    assert found.status in STATUSES
    for item in dataclasses.fields(found):
        value = getattr(found, item.name)
        if isinstance(value, float):
            assert math.isfinite(value), item.name
    blank = found.status == "INSUFFICIENT_DATA"
    assert (found.p_in_band_now is None) == (found.p_in_band_after is None) == blank
    assert found.equivalent_low <= found.suggested_threshold <= found.equivalent_high
    if found.status == "HOLD":
        assert found.suggested_threshold == found.current_threshold
    assert found.reasons
    assert list(found.curve.columns) == list(CURVE_COLUMNS)
    row = pd.DataFrame([found.row()])
    assert failures(found.curve, row) == []


def test_the_order_of_rows_and_their_index_change_nothing() -> None:
    handed, candidates = World(weeks=40).make()
    first = suggest(handed, candidates, AS_OF, 45)
    for seed in range(3):
        again = suggest(
            handed.sample(frac=1, random_state=seed), candidates.sample(frac=1, random_state=seed), AS_OF, 45
        )
        assert first == again
        pd.testing.assert_frame_equal(first.curve, again.curve, check_exact=True)


def test_the_last_digits_of_a_sum_change_nothing() -> None:
    handed, candidates = (frame.assign(score=frame["score"].round(3)) for frame in World(weeks=40).make())
    noise = np.random.default_rng(1)
    blurred = [
        frame.assign(score=frame["score"] + noise.uniform(-1e-12, 1e-12, len(frame)))
        for frame in (handed, candidates)
    ]
    first, again = suggest(handed, candidates, AS_OF, 45), suggest(*blurred, AS_OF, 45)
    assert first == again
    pd.testing.assert_frame_equal(first.curve, again.curve, check_exact=True)


def test_the_identity_depends_on_as_of_segment_settings_and_input_only() -> None:
    handed, candidates = World(leads_per_week=60, weeks=40).make()

    def identity(handed: pd.DataFrame, candidates: pd.DataFrame, **changed: Any) -> str:
        given = {"as_of": AS_OF, "current_threshold": 45, "settings": FEW, **changed}
        return suggest(handed, candidates, **given).suggestion_id

    ids = [
        identity(handed, candidates),
        identity(handed, candidates, current_threshold=46),
        identity(handed, candidates, segment="web"),
        identity(handed, candidates, as_of=AS_OF - pd.Timedelta(days=1)),
        identity(handed, candidates, settings=Settings()),
        identity(handed.iloc[1:], candidates),
        identity(handed, candidates.iloc[1:]),
    ]
    assert len(set(ids)) == len(ids)
    assert identity(handed, candidates) == ids[0]


def test_zoned_naive_text_and_decimal_values_mean_the_same() -> None:
    handed, candidates = World(weeks=40, whole_scores=True).make()
    plain = suggest(handed, candidates, AS_OF, 45)
    berlin = handed.assign(
        handed_off_at=handed["handed_off_at"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
        sql_at=handed["sql_at"].dt.tz_localize("UTC").dt.tz_convert("America/New_York"),
        score=[Decimal(int(s)) for s in handed["score"]],
    )
    assert suggest(berlin, candidates, AS_OF.tz_localize("UTC"), np.float32(45)) == plain
    whole = handed.assign(score=handed["score"].astype("Int64"))
    text = whole.assign(handed_off_at=handed["handed_off_at"].astype(str))
    assert suggest(text, candidates.assign(score=candidates["score"].astype(int)), AS_OF, 45) == plain


def test_unusable_and_repeated_rows_are_left_out_and_counted() -> None:
    handed, candidates = World(weeks=40).make()
    clean = suggest(handed, candidates, AS_OF, 45)
    bad = pd.concat(
        [
            handed,
            handed.head(3),
            handed.head(2).assign(lead_id=["a", "b"], score=np.nan),
            handed.head(2).assign(
                lead_id=["c", "d"], handed_off_at=AS_OF + pd.Timedelta(days=1), sql_at=pd.NaT
            ),
            handed.head(1).assign(lead_id="e", sql_at=handed["handed_off_at"].iloc[0] - pd.Timedelta(days=3)),
        ]
    )
    odd = pd.concat([candidates, candidates.head(4).assign(score=np.inf)])
    found = suggest(bad, odd, AS_OF, 45)
    assert (found.rate_now, found.handed_off_leads) == (clean.rate_now, clean.handed_off_leads)
    for sentence in (
        "2 hand-offs without a score or time",
        "2 hand-offs after the as-of",
        "1 hand-offs whose SQL came before",
        "3 repeated rows",
        "4 candidates without a score or time",
    ):
        assert sentence in found.reasons


def test_a_lead_may_be_handed_off_again_later() -> None:
    handed, candidates = World(weeks=40).make()
    again = handed.head(500).assign(
        handed_off_at=lambda f: f["handed_off_at"] + pd.Timedelta(days=100), sql_at=pd.NaT
    )
    known = again[again["handed_off_at"] < AS_OF]
    found = suggest(pd.concat([handed, known]), candidates, AS_OF, 45)
    assert found.handed_off_leads > suggest(handed, candidates, AS_OF, 45).handed_off_leads


@pytest.mark.parametrize(
    "handed",
    [
        pd.DataFrame(),
        pd.DataFrame(columns=["lead_id", "score", "handed_off_at", "sql_at", "closed_at"]),
        pd.DataFrame({"lead_id": ["a"], "score": [50], "handed_off_at": [pd.NaT], "sql_at": [pd.NaT]}),
        pd.DataFrame({"lead_id": [None], "score": [50], "handed_off_at": ["2026-05-01"], "sql_at": [None]}),
    ],
)
@pytest.mark.parametrize(
    "candidates",
    [
        pd.DataFrame(),
        pd.DataFrame({"score": [50.5], "scored_at": ["2026-05-20"]}),
        pd.DataFrame({"score": [None, 3], "scored_at": [pd.NaT, pd.NaT]}),
    ],
)
def test_nothing_to_learn_from_is_said_not_raised(handed: pd.DataFrame, candidates: pd.DataFrame) -> None:
    found = suggest(handed, candidates, AS_OF, 45)
    assert found.status == "INSUFFICIENT_DATA"
    assert_sound(found)


def test_wrong_use_is_refused_with_the_fix() -> None:
    handed, candidates = World(weeks=4).make()
    with pytest.raises(UsageError, match="handed_off_at"):
        suggest(handed.drop(columns="handed_off_at"), candidates, AS_OF, 45)
    with pytest.raises(UsageError, match="threshold"):
        suggest(handed, candidates, AS_OF, float("nan"))
    with pytest.raises(UsageError, match="as-of"):
        suggest(handed, candidates, None, 45)


def test_the_inputs_are_not_changed() -> None:
    handed, candidates = World(weeks=20).make()
    before = handed.copy(), candidates.copy()
    suggest(handed, candidates, AS_OF, 45)
    pd.testing.assert_frame_equal(handed, before[0])
    pd.testing.assert_frame_equal(candidates, before[1])


times = st.one_of(st.none(), st.datetimes(pd.Timestamp("2024-06-01"), pd.Timestamp("2026-08-01")))
numbers = st.one_of(
    st.none(),
    st.integers(-5, 120),
    st.floats(0, 100),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([45, 45.0, 1e300, -1e300, 1e-300]),
)
handoffs = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", None, "d"]),
        numbers,
        times,
        times,
        times,
        st.one_of(st.none(), st.booleans()),
    ),
    max_size=40,
)
pools = st.lists(st.tuples(numbers, times, numbers), max_size=40)


@given(
    handoffs,
    pools,
    st.sampled_from([45, 0, -20.5, 99.99, 1e6]),
    st.sampled_from([None, 0.5, 30]),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_any_rows_give_finite_numbers(
    rows: list[tuple[object, ...]],
    pool: list[tuple[object, ...]],
    threshold: float,
    capacity: float | None,
    first: bool,
) -> None:
    names = ["lead_id", "score", "handed_off_at", "sql_at", "closed_at", "explored"]
    handed = pd.DataFrame(rows, columns=names)
    candidates = pd.DataFrame(pool, columns=["score", "scored_at", "previous_score"])
    knobs = FEW.model_copy(update={"capacity_per_week": capacity})
    assert_sound(suggest(handed, candidates, AS_OF, threshold, knobs, first_run=first))


@given(
    st.integers(0, 10**6),
    st.integers(10, 120),
    st.floats(0, 1),
    st.floats(-1, 1),
    st.floats(-30, 130),
    st.sampled_from(["center", "max_sql", "value"]),
    st.floats(0.001, 1000),
    st.sampled_from([0, 3, 30]),
)
@settings(max_examples=25, deadline=None)
def test_any_market_gives_finite_numbers_within_one_step(
    seed: int, n: int, level: float, slope: float, threshold: float, objective: str, scale: float, grid: int
) -> None:
    rng = np.random.default_rng(seed)
    score = rng.uniform(0, 100, n * 10)
    score = score // grid * grid if grid else score
    age = rng.uniform(0, 400, score.size)
    at = AS_OF - pd.to_timedelta(age, unit="D")
    lag = rng.integers(0, 60, score.size)
    won = rng.random(score.size) < np.clip(level + slope * (score - 50) / 100, 0, 1)
    handed = pd.DataFrame(
        {"lead_id": rng.integers(0, 500, score.size), "score": score * scale, "handed_off_at": at}
    )
    handed["sql_at"] = (at + pd.to_timedelta(lag, unit="D")).where(won)
    candidates = pd.DataFrame({"score": score[age < 56] * scale, "scored_at": at[age < 56]})
    prices = {"cost_per_worked_lead": 10, "value_per_sql": 50}
    knobs = CalibrationSettings.model_validate(
        {**FEW.calibration.model_dump(), **prices, "objective": objective}
    )
    found = suggest(handed, candidates, AS_OF, threshold * scale, Settings(calibration=knobs))
    assert_sound(found)
