"""mart_velocity against counting day by day, on the sample world, on tied data, and against lifelines."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.settings import Settings
from tests.dbt_funnel.entrants import Row, day_of, entrants_of, rows
from tests.dbt_funnel.rendering import model

LEAST = 10  # conversions below which the mart says nothing
SHARES = {"median": 0.5, "p75": 0.75, "p90": 0.9}
FOREVER = 10**6
Observed = tuple[int, int | None]  # age in days; delay of the conversion, None without one in time


def quantiles(entrants: list[Observed], horizon: int, window: int) -> Row | None:
    """Count on every day of age who is under observation in the window, and who of them converts on it."""
    seen = []
    for age, delay in entrants:
        start = max(age - window, 0)
        end = min(age, horizon) if delay is None else delay
        if start == 0 or end > start:
            seen.append((start, end, delay is not None))
    if not seen:
        return None
    share, by_day, still = 0.0, [], 1.0
    for day in range(max(end for _, end, _ in seen) + 1):
        at_risk = sum((start == 0 or start < day) and day <= end for start, end, _ in seen)
        converted = sum(day == end and has for _, end, has in seen)
        still *= 1 - converted / at_risk if at_risk else 1
        share = 1 - still
        by_day.append(share)
    conversions = sum(has for _, _, has in seen)
    is_followed = max(end for _, end, _ in seen) >= horizon or share >= 1
    found: Row = {"entrants": len(seen), "conversions": conversions}
    for name, part in SHARES.items():
        is_said = conversions >= LEAST and is_followed
        found[f"{name}_days"] = first_day(by_day, part * share) if is_said else None
        found[f"{name}_days_of_entrants"] = first_day(by_day, part) if conversions >= LEAST else None
    return found


def first_day(by_day: list[float], share: float) -> int | None:
    return next((day for day, seen in enumerate(by_day) if seen >= share - 1e-12), None)


def open_ages(marts: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for episode in rows(marts, "from marts.fct_mql_episodes where outcome = 'open'"):
        began = day_of((episode["mql_at"], episode["mql_at_is_date_only"]), settings.zone)
        for channel in (episode["channel"] or "(none)", "(all)"):
            found[channel].append((as_of - began).days)
    return found


def at_share(ages: list[int], share: float) -> int | None:
    """The smallest age that this share of them does not exceed."""
    return next((a for a in sorted(ages) if sum(b <= a for b in ages) >= share * len(ages)), None)


def test_every_time_of_every_step_equals_the_recomputation(
    marts: duckdb.DuckDBPyConnection, settings: Settings, as_of: date
) -> None:
    groups: dict[tuple[str, str], list[Observed]] = defaultdict(list)
    for entrant in entrants_of(marts, settings):
        for channel in (entrant.channel, "(all)"):
            groups[entrant.step, channel].append((entrant.age, entrant.delay))
    waiting = open_ages(marts, settings, as_of)
    expected = {}
    windows = {"all": FOREVER, "recent": settings.calibration.delay_window_days}
    for ((step, channel), entrants), period in product(groups.items(), windows):
        horizon = getattr(settings.horizon_days, step)
        found = quantiles([(age, d) for age, d in entrants if age >= 0], horizon, windows[period])
        if found is None:
            continue
        ages = waiting[channel] if step == "mql_to_sql" else []
        found["open_now"] = len(ages) if step == "mql_to_sql" else None
        found |= {f"open_age_{name}_days": at_share(ages, share) for name, share in SHARES.items()}
        expected[period, step, channel] = found
    published = {
        (row["period"], row["step"], row["channel"]): row for row in rows(marts, "from marts.mart_velocity")
    }
    assert published.keys() == expected.keys()
    for key, wanted in expected.items():
        assert {name: published[key][name] for name in wanted} == wanted, key
        assert (published[key]["unknown_because"] is None) == (wanted["median_days"] is not None), key
    for name in ("median_days", "p90_days", "median_days_of_entrants", "open_age_p75_days"):
        assert len({row[name] for row in published.values()} - {None}) >= 3, name
    assert any(row["unknown_because"] is not None for row in published.values())


def by_sql(entrants: list[Observed], horizon: int, window: int) -> dict[str, Row]:
    query = model(
        "marts/funnel/mart_velocity.sql",
        variables={"delay_window_days": window, "velocity_min_conversions": LEAST},
    )
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_funnel_entries as select 'mql_to_customer' as step, 'email' as channel, "
            "?::integer as horizon_days, unnest(?::bigint[]) as age_days, unnest(?::bigint[]) as delay_days, "
            "null::varchar as outcome",
            [horizon, [age for age, _ in entrants], [delay for _, delay in entrants]],
        )
        found = rows(connection, f"from ({query}) where channel = 'email'")
    return {row["period"]: row for row in found}


observed = st.tuples(st.integers(0, 12), st.none() | st.integers(0, 12))


@given(
    entrants=st.lists(observed, min_size=8, max_size=60), horizon=st.integers(1, 9), window=st.integers(1, 9)
)
@hypothesis_settings(deadline=None, max_examples=20, derandomize=True)
def test_times_equal_the_count_on_tied_and_day_0_data(
    entrants: list[Observed], horizon: int, window: int
) -> None:
    known = [
        (age, delay if delay is not None and delay <= min(age, horizon) else None) for age, delay in entrants
    ]
    found = by_sql(known, horizon, window)
    for period, length in (("all", FOREVER), ("recent", window)):
        wanted = quantiles(known, horizon, length)
        assert (wanted is None) == (period not in found)
        if wanted is not None:
            assert {name: found[period][name] for name in wanted} == wanted


VALUES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "dbt_funnel" / "lifelines_values.json").read_text()
)


def test_times_are_where_the_curve_of_lifelines_passes_their_shares() -> None:
    """Kaplan-Meier with `entry`, computed by lifelines on data without ties (lifelines_values.py)."""
    horizon = VALUES["horizon"]
    entrants = [
        (age, delay if delay is not None and delay <= min(age, horizon) else None)
        for age, delay in VALUES["delayed_entries"]
    ]
    shares = [1 - survival for survival in VALUES["survival"]]
    found = by_sql(entrants, horizon, VALUES["window"])["recent"]
    assert found["unknown_because"] is None
    for name, part in SHARES.items():
        assert found[f"{name}_days"] == first_day(shares, part * shares[-1])
        assert found[f"{name}_days_of_entrants"] == first_day(shares, part)


def test_a_young_funnel_does_not_look_quick() -> None:
    """Of three, one takes 2 days and two take 20; but half of the conversions seen in 30 days took 2."""
    entrants = [(age, delay if delay <= age else None) for age in range(30) for delay in (2, 20, 20)]
    seen = sorted(delay for _, delay in entrants if delay is not None)
    assert seen[len(seen) // 2] == 2
    assert by_sql(entrants, 29, FOREVER)["all"]["median_days"] == 20
