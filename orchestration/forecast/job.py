"""mart_forecast: the coming weeks, and beside them what earlier forecasts said of weeks that have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from orchestration.calibration.model import Floats
from orchestration.forecast.counts import HISTORY_WEEKS, Known, read_known
from orchestration.forecast.model import (
    LEVEL_WEEKS,
    WEEKS,
    Amounts,
    Parts,
    Stage,
    draw_volumes,
    forecast_revenue,
    forecast_stage,
    interval_of_amounts,
    interval_of_counts,
    new_by_age,
)
from orchestration.mart_tables import write_frame
from orchestration.settings import Settings

TABLE = "mart_forecast"
#: column -> DuckDB type; what they mean is in dbt_project/models/marts/estimates/_estimates__sources.yml
COLUMNS: dict[str, str] = {
    "kind": "VARCHAR",
    "forecast_on": "DATE",
    "measure": "VARCHAR",
    "week": "DATE",
    "weeks_ahead": "INTEGER",
    "basis": "VARCHAR",
    "expected": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "expected_from_open": "DOUBLE",
    "expected_from_new": "DOUBLE",
    "expected_from_other": "DOUBLE",
    "open_episodes": "BIGINT",
    "conversions": "BIGINT",
    "mqls_per_week": "DOUBLE",
    "realised": "DOUBLE",
    "is_inside": "BOOLEAN",
    "reason": "VARCHAR",
}
PAST_FORECASTS = 26
MIN_CONVERSIONS = 5
MIN_AT_RISK = 10
MIN_DEALS = 5
MEASURES = {"sqls": 0, "customers": 1}
SERIES = ("mqls", "sqls", "customers", "other_sqls", "other_customers", "other_deals")


@dataclass(frozen=True)
class _Origin:
    """What was known on one day, as arrays."""

    on_day: date
    stages: dict[str, Stage]
    windows: dict[str, int]
    mqls: Floats
    deals_beside: Floats
    first: Amounts
    beside: Amounts

    @property
    def gap(self) -> int:
        """Days left of the running week."""
        return 6 - self.on_day.weekday()


def _dense(rows: pd.DataFrame, column: str, keys: list[str], shape: tuple[int, ...]) -> Floats:
    """An array of `shape` with the values at the keys, 0 elsewhere."""
    found = np.zeros(shape)
    found[tuple(rows[key].to_numpy(dtype=np.int64) for key in keys)] = rows[column]
    return found


def _amounts(row: pd.Series | None) -> Amounts:
    if row is None or not row["paid"]:
        return Amounts(0, 0, 0.0, 0.0)
    return Amounts(int(row["deals"]), int(row["paid"]), float(row["mean"]), float(row["spread"]))


def _origins(known: Known, days: list[date], horizons: list[int]) -> list[_Origin]:
    """What was known on each day."""
    by_age = (len(days), len(MEASURES), max(horizons) + 1)
    keys = ["origin", "step", "age_days"]
    at_risk = _dense(known.curves, "at_risk", keys, by_age)
    conversions = _dense(known.curves, "conversions", keys, by_age)
    still_open = _dense(known.open, "open", keys, by_age)
    weekly = {
        series: _dense(
            known.weeks[known.weeks["series"] == series],
            "happened",
            ["origin", "weeks_ago"],
            (len(days), HISTORY_WEEKS),
        )
        for series in SERIES
    }
    windows = _dense(known.windows, "window_days", ["origin", "step"], by_age[:2]).astype(np.int64)
    started = dict(zip(known.starts["origin"], known.starts["first_on"], strict=True))
    amounts = {(row["origin"], row["is_of_customer"]): row for _, row in known.amounts.iterrows()}
    found = []
    for number, on_day in enumerate(days):
        watched = (pd.Timestamp(on_day) - started[number]).days + 1 if number in started else 0
        weeks = slice(0, min(HISTORY_WEEKS, watched // 7))
        stages = {
            measure: Stage(
                at_risk=at_risk[number, step, : horizons[step] + 1],
                conversions=conversions[number, step, : horizons[step] + 1],
                open=still_open[number, step, : horizons[step] + 1],
                weekly=weekly[measure][number, weeks],
                others=weekly[f"other_{measure}"][number, weeks],
            )
            for measure, step in MEASURES.items()
        }
        found.append(
            _Origin(
                on_day,
                stages,
                {measure: int(windows[number, step]) for measure, step in MEASURES.items()},
                weekly["mqls"][number, weeks],
                weekly["other_deals"][number, weeks],
                _amounts(amounts.get((number, True))),
                _amounts(amounts.get((number, False))),
            )
        )
    return found


def _why_not(stage: Stage, mqls: Floats) -> str | None:
    """Why nothing can be said of a stage; None where something can."""
    conversions = int(stage.conversions.sum())
    if mqls.size < LEVEL_WEEKS:
        return f"{mqls.size} weeks of MQLs are known, {LEVEL_WEEKS} are needed"
    if conversions < MIN_CONVERSIONS:
        return f"{conversions} conversions in the window of the delay curve, {MIN_CONVERSIONS} are needed"
    if stage.at_risk.min() < MIN_AT_RISK:
        age = int(np.argmax(stage.at_risk < MIN_AT_RISK))
        return f"fewer than {MIN_AT_RISK} MQLs have been watched at an age of {age} days"
    return None


def _why_no_revenue(amounts: Amounts) -> str | None:
    return (
        None
        if amounts.paid >= MIN_DEALS
        else f"{amounts.paid} won deals with an amount in the last year, {MIN_DEALS} are needed"
    )


def _columns(
    origin: _Origin, measure: str, stage: Stage, parts: Parts | None, why: str | None
) -> dict[str, Any]:
    """One forecast of one measure: a value for each of its weeks, or one for all."""
    monday = np.datetime64(origin.on_day + timedelta(days=origin.gap + 1))
    columns: dict[str, Any] = {
        "forecast_on": np.datetime64(origin.on_day),
        "measure": measure,
        "week": monday + 7 * np.arange(WEEKS),
        "weeks_ahead": np.arange(1, WEEKS + 1),
        "open_episodes": stage.open.sum(),
        "conversions": stage.conversions.sum(),
        "window_days": origin.windows["sqls" if measure == "sqls" else "customers"],
        "mqls_per_week": origin.mqls[:LEVEL_WEEKS].mean() if origin.mqls.size else np.nan,
        "reason": why,
    }
    numbers = ("expected", "low", "high", "expected_from_open", "expected_from_new", "expected_from_other")
    if parts is None:
        return columns | dict.fromkeys(numbers, np.nan)
    low, high = (interval_of_amounts if measure == "revenue" else interval_of_counts)(parts.draws)
    values = (parts.expected, low, high, parts.from_open, parts.from_new, parts.from_other)
    return columns | dict(zip(numbers, values, strict=True))


def _forecast(origin: _Origin, by_age: list[Floats], seed: int) -> list[dict[str, Any]]:
    """One forecast of all measures. Seeded by the day it is made on, so that it can be made again."""
    rng = np.random.default_rng([seed, origin.on_day.toordinal()])
    volumes = draw_volumes(origin.mqls, rng)
    found = []
    for (measure, stage), ages in zip(origin.stages.items(), by_age, strict=True):
        why = _why_not(stage, origin.mqls)
        parts = None if why else forecast_stage(stage, volumes, ages, origin.gap, rng)
        found.append(_columns(origin, measure, stage, parts, why))
    why = why or _why_no_revenue(origin.first)
    revenue = None
    if parts is not None and why is None:
        revenue = forecast_revenue(parts, origin.deals_beside, origin.first, origin.beside, rng)
    return [*found, _columns(origin, "revenue", stage, revenue, why)]


def _compared(table: pd.DataFrame, known: Known, as_of: date) -> pd.DataFrame:
    """With what came; earlier forecasts only of weeks that are over."""
    is_coming = table["forecast_on"] == pd.Timestamp(as_of)
    is_over = table["week"] + pd.Timedelta(days=6) <= pd.Timestamp(as_of)
    table = table.assign(kind=np.where(is_coming, "coming", "past"))[is_coming | is_over]
    table = table.merge(known.realised, how="left", on=["measure", "week"])
    is_past = table["kind"] == "past"
    realised = table["realised"].fillna(0.0).where(is_past)
    inside = (table["low"] <= realised) & (realised <= table["high"])
    judged = is_past & table["expected"].notna()
    return table.assign(realised=realised, is_inside=inside.astype(object).where(judged, None))


def forecasts(known: Known, *, as_of: date, origins: list[date], settings: Settings) -> pd.DataFrame:
    """The table from the counts of `read_known`."""
    horizons = [settings.horizon_days.mql_to_sql, settings.horizon_days.mql_to_customer]
    found: list[dict[str, Any]] = []
    days = _origins(known, origins, horizons)
    by_age = [new_by_age(horizon, days[0].gap) for horizon in horizons]
    for origin in days:
        found += _forecast(origin, by_age, settings.calibration.seed)
    table = pd.DataFrame(
        {
            column: np.concatenate([np.broadcast_to(np.asarray(f[column]), WEEKS) for f in found])
            for column in found[0]
        }
    )
    horizon = table["measure"].map({"sqls": horizons[0]}).fillna(horizons[1]).astype(int).astype(str)
    window = table["window_days"].astype(str)
    recent = f" days, MQLs of the last {LEVEL_WEEKS} weeks, conversions within "
    basis = "delay curve of the last " + window + recent + horizon + " days"
    table = _compared(table.assign(basis=basis), known, as_of)
    order = ["forecast_on", "measure", "week"]
    return table.sort_values(order, ascending=[False, True, True])[list(COLUMNS)].reset_index(drop=True)


def write_forecast(marts: duckdb.DuckDBPyConnection, *, as_of: date, settings: Settings) -> int:
    """Write the table into the marts; returns its rows. The run's warehouse is attached as `warehouse`."""
    origins = [as_of - timedelta(weeks=weeks) for weeks in range(PAST_FORECASTS + 1)]
    known = read_known(
        marts,
        as_of=as_of,
        origins=origins,
        zone=settings.time_zone,
        window_days=settings.calibration.delay_window_days,
    )
    table = forecasts(known, as_of=as_of, origins=origins, settings=settings)
    write_frame(marts, TABLE, COLUMNS, table)
    return len(table)
