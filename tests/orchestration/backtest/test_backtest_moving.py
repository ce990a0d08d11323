"""With moving scores, what the curve says of another threshold comes true, for raising and for lowering."""

from __future__ import annotations

import pandas as pd
import pytest

from orchestration.backtest.moving import CHANGES, bias, promises
from orchestration.settings import CalibrationSettings, Settings


def table(seeds: range, draws: int) -> pd.DataFrame:
    settings = Settings(calibration=CalibrationSettings(draws=draws))
    found = bias([promise for seed in seeds for promise in promises(seed, settings)])
    return found.set_index(["kind", "change"])


def check(found: pd.DataFrame) -> None:
    for change in CHANGES:
        for kind in ("peak", "landmark"):
            assert abs(found.loc[(kind, change), "rate_bias"]) < 0.03, (kind, change)
        # leads handed over at the lower threshold before the window are missing above: a raise says too few
        assert -0.15 < found.loc[("peak", change), "mqls_bias"] < 0.08, change
    own = found.loc["peak"]
    assert own.loc["lowered", "came_rate"] < own.loc["kept", "came_rate"] < own.loc["raised", "came_rate"]
    size = found["rate_bias"].abs().groupby("kind").mean()
    assert size["peak"] < size["at hand-off"]
    assert size["landmark"] < size["at hand-off"]


def test_promised_rate_and_volume_come_true_with_moving_scores() -> None:
    check(table(range(1, 2), draws=50))


@pytest.mark.long
def test_promised_rate_and_volume_come_true_with_moving_scores_full_count() -> None:
    found = table(range(1, 11), draws=200)
    check(found)
