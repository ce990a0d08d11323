"""The checks of the published calibration tables see what is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, failures

from orchestration.calibration import Suggestion, checks, suggest


@pytest.fixture(scope="module")
def found() -> Suggestion:
    handed, candidates = World(weeks=40).make()
    return suggest(handed, candidates, AS_OF, 45)


def test_a_sound_result_has_no_failures(found: Suggestion) -> None:
    assert failures(found.curve, pd.DataFrame([found.row()])) == []


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("rate", np.nan, "rate is not a share"),
        ("rate", 1.5, "does not hold the rate"),
        ("rate_high", np.inf, "rate_high is not a share"),
        ("rate_low", 0.99, "does not hold the rate"),
        ("mqls_per_week", -1.0, "Volumes are wrong"),
        ("p_in_band", 2.0, "p_in_band is not a share"),
    ],
)
def test_one_wrong_value_is_named(found: Suggestion, column: str, value: float, says: str) -> None:
    curve = found.curve.copy()
    curve.loc[7, column] = value
    named = failures(curve, pd.DataFrame([found.row()]))
    assert any(says in failure for failure in named)


def test_a_repeated_threshold_and_a_repeated_suggestion_are_named(found: Suggestion) -> None:
    row = pd.DataFrame([found.row()])
    assert checks.keys_are_unique(pd.concat([found.curve, found.curve.head(1)]), row)
    assert checks.keys_are_unique(found.curve, pd.concat([row, row]))


def test_a_suggestion_that_differs_from_its_curve_is_named(found: Suggestion) -> None:
    row = pd.DataFrame([found.row()]).assign(rate_after=0.123)
    assert any("rate_after" in failure for failure in failures(found.curve, row))
    gone = found.curve[found.curve["threshold"] != found.suggested_threshold]
    assert any("not on the curve" in failure for failure in failures(gone, pd.DataFrame([found.row()])))


def test_a_wrong_or_lost_channel_is_named() -> None:
    shares = ("rate_global_low", "rate_global", "rate_global_high", "p_in_band_global", "p_in_band_own")
    values = dict(zip(shares, (0.1, 0.2, 0.3, 0.9, 0.9), strict=True)) | {"p_value": 0.4, "p_shape": 1.0}
    rows = [{"channel": name, "label": "pooled", "suggestion_id": f"id {name}", **values} for name in "ab"]
    channels = pd.DataFrame(rows)
    suggestions = pd.DataFrame({"suggestion_id": ["id a", "id b"], "segment": ["a", "b"]})
    assert checks.channels_agree_with_suggestions(channels, suggestions) == []
    for column, value in (
        ("rate_global", 0.35),
        ("p_value", np.nan),
        ("label", "own"),
        ("p_in_band_own", 1.2),
    ):
        wrong = channels.copy()
        wrong.loc[1, column] = value
        assert checks.channels_agree_with_suggestions(wrong, suggestions) == [
            "1 channels are wrong, first: b"
        ]
    assert checks.channels_agree_with_suggestions(channels, suggestions.head(1)) == [
        "1 channels have no suggestion, first: b"
    ]
    twice = pd.concat([channels, channels.head(1)])
    assert "names a channel twice" in checks.channels_agree_with_suggestions(twice, suggestions)[0]
    assert checks.channels_agree_with_suggestions(channels.head(0), suggestions) == []
