"""The delay curve of the dbt project (macros/funnel.sql) against a loop that follows its definition."""

from __future__ import annotations

import cmath
import json
import math
import random
from itertools import accumulate, pairwise
from operator import mul
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .rendering import macro

Entrant = tuple[int, int | None]  # age in days; delay of the conversion in days, None without one


def curve_by_sql(
    entrants: list[Entrant], horizon: int, window: int, min_events: int = 1, column: str = "g"
) -> list[float]:
    ages = [age for age, _ in entrants]
    delays = [None if delay is None or delay > horizon else delay for _, delay in entrants]
    with duckdb.connect() as connection:
        connection.execute(
            "create table entrants as select 'mql_to_sql' as step, ?::integer as horizon_days, "
            "unnest(?::bigint[]) as age_days, unnest(?::bigint[]) as delay_days",
            [horizon, ages, delays],
        )
        query = macro("funnel.sql", "delay_curve", "entrants", window, min_events)
        rows = connection.execute(f"select age_days, {column} from ({query}) order by 1").fetchall()  # noqa: S608
    assert [age for age, _ in rows] == list(range(horizon + 1))
    return [g for _, g in rows]


def counts_by_loop(entrants: list[Entrant], horizon: int, window: int) -> list[tuple[int, int]]:
    """For every day of age, how many are observed on it in the window and how many of them convert on it."""
    found = []
    for day in range(horizon + 1):
        at_risk = converted = 0
        for age, delay in entrants:
            start = max(age - window, 0)
            has_converted = delay is not None and delay <= min(age, horizon)
            end = delay if has_converted and delay is not None else min(age, horizon)
            if (start < day or start == 0) and day <= end:
                at_risk += 1
                converted += has_converted and day == end
        found.append((at_risk, converted))
    return found


def curve_by_loop(entrants: list[Entrant], horizon: int, window: int, min_events: int = 1) -> list[float]:
    counts = counts_by_loop(entrants, horizon, window)
    if sum(converted for _, converted in counts) < min_events:
        return [0.0] * horizon + [1.0]
    seen = [1 - survival for survival in accumulate((1 - k / max(n, 1) for n, k in counts), mul)]
    return [share / seen[-1] for share in seen]


entrant = st.tuples(st.integers(0, 12), st.none() | st.integers(0, 9))
small = st.lists(entrant, min_size=1, max_size=40)


@given(entrants=small, horizon=st.integers(0, 8), window=st.integers(1, 10), min_events=st.integers(1, 4))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_curve_equals_the_loop_on_ties_and_day_0(
    entrants: list[Entrant], horizon: int, window: int, min_events: int
) -> None:
    by_sql = curve_by_sql(entrants, horizon, window, min_events)
    assert by_sql == pytest.approx(curve_by_loop(entrants, horizon, window, min_events), abs=1e-9)


def test_curve_equals_the_loop_on_a_year_of_mqls() -> None:
    draw = random.Random(7)
    entrants: list[Entrant] = []
    for _ in range(4000):
        age = draw.randrange(365)
        delay = int(draw.lognormvariate(2.9, 1))
        entrants.append((age, delay if draw.random() < 0.3 and delay <= age else None))
    by_sql = curve_by_sql(entrants, 90, 91, 20)
    assert by_sql == pytest.approx(curve_by_loop(entrants, 90, 91, 20), abs=1e-9)


def errors_by_loop(entrants: list[Entrant], horizon: int, window: int) -> list[float]:
    """Every day's share of conversions errs like a binomial one; how log G follows it by a complex step."""
    counts = counts_by_loop(entrants, horizon, window)
    variances = [0.0] * len(counts)
    for day, (n, k) in enumerate(counts):
        moved = [k / max(n, 1) + (1e-30j if day == other else 0) for other, (n, k) in enumerate(counts)]
        seen = [1 - survival for survival in accumulate((1 - share for share in moved), mul)]
        for age, share in enumerate(seen):
            slope = (cmath.log(share / seen[-1])).imag / 1e-30 if share else 0.0
            variances[age] += slope**2 * k * (n - k) / max(n, 1) ** 3
    return [math.sqrt(variance) for variance in variances]


@pytest.mark.parametrize(("size", "window"), [(60, 91), (400, 30), (4000, 91)])
def test_error_of_the_curve_is_that_of_its_days_together(size: int, window: int) -> None:
    draw = random.Random(size)
    entrants: list[Entrant] = []
    for _ in range(size):
        age = draw.randrange(120)
        delay = int(draw.lognormvariate(2, 1))
        entrants.append((age, delay if draw.random() < 0.4 and delay <= age else None))
    by_sql = curve_by_sql(entrants, 40, window, 1, "g_error")
    assert by_sql == pytest.approx(errors_by_loop(entrants, 40, window), abs=1e-9)
    assert 0 == by_sql[-1] < by_sql[20] < by_sql[5]


def test_a_curve_that_claims_nothing_has_no_error() -> None:
    assert curve_by_sql([(5, 0)] * 19 + [(5, None)] * 9, 2, 91, 20, "g_error") == [0.0, 0.0, 0.0]


def test_curve_recovers_the_delays_it_was_made_with() -> None:
    """Four delays, equally likely; a quarter ever converts; most entrants are too young to have shown it."""
    draw = random.Random(11)
    delays = [0, 5, 10, 30]
    entrants: list[Entrant] = []
    for _ in range(40_000):
        age, delay = draw.randrange(180), draw.choice(delays)
        entrants.append((age, delay if draw.random() < 0.25 and delay <= age else None))
    g = curve_by_sql(entrants, 90, 91, 20)
    assert [g[0], g[5], g[10], g[30]] == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.02)


def test_curve_follows_the_last_91_days_when_sales_gets_faster() -> None:
    """Conversions took 40 days until 91 days ago and take 10 since: all cohorts would mix the two."""
    entrants: list[Entrant] = [(age, 40 if age > 200 else 10) for age in range(300) if age >= 10]
    g = curve_by_sql(entrants, 90, 91)
    assert g[9] == 0
    assert g[10] == 1


def test_an_outcome_other_than_conversion_stays_at_risk() -> None:
    """Two of four are turned down at once; they do not make the other two count for more."""
    assert curve_by_sql([(2, 0), (2, 1), (2, None), (2, None)], 2, 91) == pytest.approx([0.5, 1.0, 1.0])


def test_curve_never_falls() -> None:
    """A windowed product wobbles in its last digit, and a test on the published curve once failed for it."""
    draw = random.Random(3)
    entrants: list[Entrant] = [(draw.randrange(200), draw.randrange(60)) for _ in range(3000)]
    g = curve_by_sql(entrants, 90, 91)
    assert all(before <= after for before, after in pairwise(g))


def test_few_conversions_claim_nothing() -> None:
    assert curve_by_sql([(5, 0)] * 19, 2, 91, 20) == [0.0, 0.0, 1.0]
    assert curve_by_sql([(5, 0)] * 20, 2, 91, 20) == [1.0, 1.0, 1.0]


def test_no_entrants_give_no_curve() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table entrants (step varchar, horizon_days integer, age_days bigint, delay_days bigint)"
        )
        assert connection.execute(macro("funnel.sql", "delay_curve", "entrants", 91, 20)).fetchall() == []


LIFELINES = json.loads(Path(__file__).with_name("lifelines_values.json").read_text())


def test_curve_equals_lifelines_with_delayed_entry_where_there_are_no_ties() -> None:
    """Kaplan-Meier with `entry`: each entrant is seen from its age at the window's start."""
    entrants: list[Entrant] = [(age, delay) for age, delay in LIFELINES["delayed_entries"]]
    share_seen = [1 - survival for survival in LIFELINES["survival"]]
    assert sum(age > LIFELINES["window"] for age, _ in entrants) > 50
    by_sql = curve_by_sql(entrants, LIFELINES["horizon"], LIFELINES["window"])
    assert by_sql == pytest.approx([share / share_seen[-1] for share in share_seen], abs=1e-9)


def test_curve_equals_the_incidence_of_lifelines_with_competing_outcomes() -> None:
    """Aalen-Johansen. Treating the other outcomes as censored would say otherwise."""
    horizon = LIFELINES["horizon"]
    entrants: list[Entrant] = [
        (horizon, day if outcome == "sql" else None) for day, outcome in LIFELINES["competing"]
    ]
    incidence = LIFELINES["incidence"]
    by_sql = curve_by_sql(entrants, horizon, horizon)
    assert by_sql == pytest.approx([share / incidence[-1] for share in incidence], abs=1e-9)
    censored: list[Entrant] = [
        (day, day if outcome == "sql" else None) for day, outcome in LIFELINES["competing"]
    ]
    assert curve_by_sql(censored, horizon, horizon) != pytest.approx(by_sql, abs=0.05)
