"""Past forecasts of simulated funnels hold what came as often as they say, and are right on average."""

from __future__ import annotations

import pandas as pd
import pytest

from .forecast_worlds import Laws, forecast_of, make_funnel

#: weekly volume that is calm, small, drifting, bursting, and won amounts with a heavy tail
FUNNELS = {
    "calm": Laws(),
    "small": Laws(mqls=8),
    "drifting": Laws(drift=0.06),
    "bursting": Laws(mqls=40, bursts=4.0),
    "large and drifting": Laws(mqls=150, drift=0.03),
    "few large deals": Laws(amount_spread=1.2),
}


def judged(laws: Laws, seeds: range) -> pd.DataFrame:
    """Past forecasts of many funnels."""
    tables = [forecast_of(make_funnel(laws, seed), laws.weeks) for seed in seeds]
    table = pd.concat(tables, ignore_index=True)
    return table[table["is_inside"].notna()].assign(inside=lambda rows: rows["is_inside"].astype(float))


def test_past_forecasts_hold_about_as_often_as_they_say() -> None:
    """Fewer funnels than below, whose weeks are alike, so wider limits; all measures together."""
    table = pd.concat([judged(FUNNELS[name], range(1)) for name in ("drifting", "bursting")])
    assert 0.7 <= table["inside"].mean() <= 0.92
    totals = table[table["measure"] == "sqls"][["expected", "realised"]].sum()
    assert totals["expected"] == pytest.approx(totals["realised"], rel=0.2)


@pytest.mark.long
@pytest.mark.parametrize("name", FUNNELS)
def test_past_forecasts_of_many_funnels_hold_75_to_85_percent(name: str) -> None:
    table = judged(FUNNELS[name], range(30))
    assert 0.75 <= table["inside"].mean() <= 0.85
    held = table.groupby("measure")["inside"].mean()
    # Counts of 0, 1 and 2 leave few intervals to choose from.
    assert held.between(0.74, 0.89).all(), held
    totals = table.groupby("measure")[["expected", "realised"]].sum()
    assert (totals["expected"] / totals["realised"]).between(0.9, 1.1).all(), totals
