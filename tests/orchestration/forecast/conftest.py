"""One funnel, forecast once, for the tests that only look at it."""

from __future__ import annotations

import pandas as pd
import pytest

from .forecast_worlds import Laws, forecast_of, make_funnel

LAWS = Laws(weeks=60, mqls=25)


@pytest.fixture(scope="session")
def funnel() -> pd.DataFrame:
    return make_funnel(LAWS, seed=3)


@pytest.fixture(scope="session")
def forecast(funnel: pd.DataFrame) -> pd.DataFrame:
    """As of AS_OF; stages are known 9 days late."""
    return forecast_of(funnel, LAWS.weeks, known_after=9)
