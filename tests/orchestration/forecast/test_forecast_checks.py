"""Each check of mart_forecast finds the fault it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from orchestration.forecast import checks

Check = Callable[[pd.DataFrame], list[str]]


def spoilt(table: pd.DataFrame, kind: str, **values: object) -> pd.DataFrame:
    """The first row of that kind with other values."""
    table = table.astype({"realised": object, "is_inside": object})
    row = table.index[table["kind"] == kind][0]
    for column, value in values.items():
        table.loc[row, column] = value
    return table


@pytest.mark.parametrize(
    ("check", "kind", "values"),
    [
        (checks.forecasts_have_ordered_intervals, "coming", {"low": 9e9}),
        (checks.forecasts_have_ordered_intervals, "coming", {"low": -1.0}),
        (checks.forecasts_have_ordered_intervals, "coming", {"expected": float("nan")}),
        (checks.forecasts_have_ordered_intervals, "coming", {"reason": "none, but there is a forecast"}),
        (checks.forecast_parts_add_up, "coming", {"expected_from_new": 9e9}),
        (checks.past_forecasts_are_judged, "coming", {"realised": 3.0}),
        (checks.past_forecasts_are_judged, "past", {"realised": None}),
        (checks.past_forecasts_are_judged, "past", {"is_inside": None}),
    ],
)
def test_a_fault_is_found_and_named(
    forecast: pd.DataFrame, check: Check, kind: str, values: dict[str, object]
) -> None:
    assert check(forecast) == []
    (failure,) = check(spoilt(forecast, kind, **values))
    assert "1 rows of mart_forecast, first: " in failure


def test_a_key_that_is_there_twice_is_found(forecast: pd.DataFrame) -> None:
    assert checks.forecasts_are_unique(pd.concat([forecast, forecast.iloc[:1]])) != []


def test_an_empty_table_is_no_fault(forecast: pd.DataFrame) -> None:
    empty = forecast.iloc[:0]
    for check in (
        checks.forecasts_are_unique,
        checks.forecasts_have_ordered_intervals,
        checks.forecast_parts_add_up,
        checks.past_forecasts_are_judged,
        checks.past_forecasts_held,
    ):
        assert check(empty) == []


def test_forecasts_that_held_too_seldom_are_warned_of(forecast: pd.DataFrame) -> None:
    assert checks.past_forecasts_held(forecast) == []
    missed = forecast["is_inside"].notna() & (forecast["measure"] == "sqls")
    table = forecast.astype({"is_inside": object})
    table.loc[missed, "is_inside"] = False
    assert checks.held(table)["sqls"] == (0, int(missed.sum()))
    assert checks.past_forecasts_held(table) == [
        f"Past forecasts of sqls held in 0 of {missed.sum()} weeks, 80 % were promised"
    ]
