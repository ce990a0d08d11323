"""Each check of mart_small_campaigns finds the fault it is there for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from orchestration.shrinkage import checks
from orchestration.shrinkage.job import small_campaigns

from .funnel_worlds import HORIZON, counts

Check = Callable[[pd.DataFrame], list[str]]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rows = counts(
        ("web", "good", HORIZON, 60, 36),
        ("web", "usual", HORIZON, 600, 120),
        ("web", "more", HORIZON, 600, 125),
        ("mail", "only", HORIZON, 100, 20),
    )
    found = small_campaigns(rows, history_days=364, min_completeness=0.15)
    assert found["differs_from_channel"].eq(True).any()
    return found


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (checks.campaigns_are_unique, {"channel": None}),
        (checks.campaign_rates_are_shares, {"rate_shrunken": 1.5}),
        (checks.campaign_rates_are_shares, {"shrunken_low": -0.1}),
        (checks.campaign_rates_are_shares, {"shrunken_high": np.nan}),
        (
            checks.campaign_rates_are_shares,
            {"expected_low": 0.99, "expected_high": 1.0, "rate_expected": 0.5},
        ),
        (checks.channels_are_the_sum_of_their_campaigns, {"entered": 10_000}),
        (checks.differences_have_a_direction, {"direction": None}),
        (checks.differences_have_a_direction, {"differs_from_channel": False}),
        (checks.differences_have_a_direction, {"p_value": 1.5}),
        (checks.differences_have_a_direction, {"p_value": np.nan}),
    ],
)
def test_a_fault_is_found(table: pd.DataFrame, check: Check, values: dict[str, object]) -> None:
    assert check(table) == []
    spoilt = table.copy()
    row = spoilt.index[spoilt["differs_from_channel"].eq(True)][0]
    for column, value in values.items():
        spoilt.loc[row, column] = value
    assert len(check(spoilt)) == 1


def test_a_campaign_that_is_there_twice_is_found(table: pd.DataFrame) -> None:
    assert checks.campaigns_are_unique(pd.concat([table, table.iloc[1:2]])) != []


def test_an_empty_table_is_no_fault(table: pd.DataFrame) -> None:
    empty = table.iloc[:0]
    assert checks.campaigns_are_unique(empty) == []
    assert checks.campaign_rates_are_shares(empty) == []
    assert checks.channels_are_the_sum_of_their_campaigns(empty) == []
    assert checks.differences_have_a_direction(empty) == []
