"""mart_conversion_weekly of a sample world, recomputed in plain Python from the published facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import product

import duckdb
import pytest

from orchestration.settings import Settings

from .entrants import Entrant, Row, entrants_of, rows, wilson

Key = tuple[str, date, str, str]
SMALL = 1e-9


@pytest.fixture(scope="module")
def entrants(marts: duckdb.DuckDBPyConnection, settings: Settings) -> list[Entrant]:
    return entrants_of(marts, settings)


def curve(entrants: list[Entrant], window: int, min_events: int = 20) -> list[float]:
    """Period product-limit by counting, day by day of age."""
    horizon = entrants[0].horizon
    still, seen, events = 1.0, [], 0
    for day in range(horizon + 1):
        at_risk = converted = 0
        for entrant in entrants:
            start = max(entrant.age - window, 0)
            end = min(entrant.age, horizon) if entrant.delay is None else entrant.delay
            if (start < day or start == 0) and day <= end:
                at_risk += 1
                converted += entrant.delay == day
        still *= 1 - converted / at_risk if at_risk else 1
        events += converted
        seen.append(1 - still)
    if events < min_events:
        return [0.0] * horizon + [1.0]
    return [share / seen[-1] for share in seen[:-1]] + [1.0]


def expected_row(cohort: list[Entrant], curves: dict[str, list[float]], as_of: date, least: float) -> Row:
    first = cohort[0]
    entered, converted = len(cohort), sum(e.is_converted for e in cohort)
    in_time = sum(e.delay is not None for e in cohort)
    resolved = sum(e.outcome in ("sql", "disqualified", "recycled") for e in cohort)
    completeness = sum(curves[e.step][min(e.age, e.horizon)] for e in cohort) / entered
    is_matured = first.week + timedelta(days=6 + first.horizon) <= as_of
    low, high = wilson(converted, entered)
    projected = [
        min(share / completeness, 1.0) if completeness >= least else None
        for share in (converted / entered, low, high)
    ]
    return {
        "entered": entered,
        "converted": converted,
        "converted_within_horizon": in_time,
        "rate_to_date": converted / entered,
        "rate_matured": in_time / entered if is_matured else None,
        "rate_resolved": converted / resolved if first.step == "mql_to_sql" and resolved else None,
        "completeness": completeness,
        "rate_projected": projected[0],
        "projected_low": projected[1],
        "projected_high": projected[2],
        "is_matured": is_matured,
    }


@pytest.fixture(scope="module")
def expected(marts: duckdb.DuckDBPyConnection, settings: Settings, entrants: list[Entrant]) -> dict[Key, Row]:
    (as_of,) = marts.execute("select as_of from marts.mart_publication").fetchone() or (None,)
    steps: dict[str, list[Entrant]] = defaultdict(list)
    cohorts: dict[Key, list[Entrant]] = defaultdict(list)
    for entrant in entrants:
        steps[entrant.step].append(entrant)
        for channel, campaign in product((entrant.channel, "(all)"), (entrant.campaign, "(all)")):
            cohorts[(entrant.step, entrant.week, channel, campaign)].append(entrant)
    knobs = settings.calibration
    curves = {step: curve(of_step, knobs.delay_window_days) for step, of_step in steps.items()}
    return {
        key: expected_row(cohort, curves, as_of, knobs.min_completeness) for key, cohort in cohorts.items()
    }


def test_every_row_of_all_steps_and_roll_ups_equals_the_recomputation(
    marts: duckdb.DuckDBPyConnection, expected: dict[Key, Row]
) -> None:
    published = {
        (row["step"], row["cohort_week"], row["channel"], row["campaign_id"]): row
        for row in rows(marts, "from marts.mart_conversion_weekly")
    }
    assert len({key[0] for key in expected}) == 5
    assert published.keys() == expected.keys()
    for key, wanted in expected.items():
        found = {name: published[key][name] for name in wanted}
        assert found == pytest.approx(wanted, abs=SMALL), key


def test_the_sample_asks_for_every_kind_of_number(expected: dict[Key, Row]) -> None:
    """Else the comparison could be one of nothing with nothing."""
    for name in ("rate_matured", "rate_resolved", "rate_projected"):
        values = [row[name] for row in expected.values()]
        assert any(value is None for value in values), name
        assert len({value for value in values if value is not None}) >= 15, name
    assert any(0.15 <= row["completeness"] < 0.99 for row in expected.values())
    assert any(row["converted"] > row["converted_within_horizon"] for row in expected.values())
