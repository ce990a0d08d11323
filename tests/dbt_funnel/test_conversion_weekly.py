"""mart_conversion_weekly of a sample world, recomputed in plain Python from the published facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.workspace import settings_in_effect

Row = dict[str, Any]
Key = tuple[str, date, str, str]
When = tuple[datetime, bool]  # and whether only its day is known
SMALL = 1e-9


@dataclass(frozen=True)
class Entrant:
    step: str
    channel: str
    campaign: str
    week: date
    age: int
    horizon: int
    outcome: str | None
    is_converted: bool
    delay: int | None  # within the horizon, in days


@pytest.fixture(scope="module")
def marts(built_workspace: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = built_workspace.marts()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def settings(built_workspace: Any) -> Settings:
    return settings_in_effect(built_workspace.workspace)


def rows(marts: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = marts.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def day_of(when: When, zone: ZoneInfo) -> date:
    at, is_date_only = when
    return at.date() if is_date_only else at.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()


def comes_before(first: When, second: When, zone: ZoneInfo) -> bool:
    if first[1] or second[1]:
        return day_of(first, zone) < day_of(second, zone)
    return first[0] < second[0]


def candidates(marts: duckdb.DuckDBPyConnection, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """(step, channel, campaign, entered, time that may be its conversion, outcome)."""
    leads = {row["lead_id"]: row for row in rows(marts, "from marts.dim_leads")}
    episodes = rows(marts, "from marts.fct_mql_episodes")
    events = rows(marts, "from marts.fct_lifecycle_events")
    by_day = {(e["lead_id"], e["stage"], e["entered_at"]) for e in events if e["is_date_only"]}
    first_episodes = {e["lead_id"]: e for e in episodes if e["episode_number"] == 1}
    for lead_id, lead in leads.items():
        if lead["is_excluded"]:
            continue
        created = (lead["created_at"], (lead_id, "lead", lead["created_at"]) in by_day)
        episode = first_episodes.get(lead_id)
        mql = (episode["mql_at"], bool(episode["mql_at_is_date_only"])) if episode else None
        yield "lead_to_mql", lead["channel"], lead["campaign_id"], created, mql, None
    for episode in episodes:
        entered = (episode["mql_at"], bool(episode["mql_at_is_date_only"]))
        for step, stage in (("mql_to_sql", "sql"), ("mql_to_customer", "customer")):
            at = episode[f"{stage}_at"]
            counts = at is not None and episode["outcome"] == "sql" and not episode["is_bypass"]
            then = (at, (episode["lead_id"], stage, at) in by_day) if counts else None
            yield step, episode["channel"], episode["campaign_id"], entered, then, episode["outcome"]
    entries: dict[tuple[str, int, str], list[When]] = defaultdict(list)
    for event in events:
        key = (event["lead_id"], event["segment_number"], event["stage"])
        entries[key].append((event["entered_at"], event["is_date_only"]))
    for (lead_id, segment, stage), times in entries.items():
        following = {"sql": "opportunity", "opportunity": "customer"}.get(stage)
        if following is None:
            continue
        first = min(times, key=lambda when: (day_of(when, zone), when[1], when[0]))
        later = [
            when
            for when in entries.get((lead_id, segment, following), [])
            if not comes_before(when, first, zone)
        ]
        then = min(later, key=lambda when: (day_of(when, zone), when[1], when[0]), default=None)
        lead = leads.get(lead_id, {"channel": None, "campaign_id": None})
        yield f"{stage}_to_{following}", lead["channel"], lead["campaign_id"], first, then, None


@pytest.fixture(scope="module")
def entrants(marts: duckdb.DuckDBPyConnection, settings: Settings) -> list[Entrant]:
    zone = settings.zone
    (as_of,) = marts.execute("select as_of from marts.mart_publication").fetchone() or (None,)
    found = []
    for step, channel, campaign, entered, then, outcome in candidates(marts, zone):
        horizon = getattr(settings.horizon_days, step)
        day = day_of(entered, zone)
        is_converted = then is not None and not comes_before(then, entered, zone)
        delay = None
        if is_converted:
            days = (day_of(then, zone) - day).days
            is_by_day = entered[1] or then[1]
            in_time = days <= horizon if is_by_day else then[0] - entered[0] <= timedelta(days=horizon)
            delay = min(days, horizon) if in_time else None
        found.append(
            Entrant(
                step,
                channel or "(none)",
                campaign or "(none)",
                day - timedelta(days=day.weekday()),
                (as_of - day).days,
                horizon,
                outcome,
                is_converted,
                delay,
            )
        )
    return found


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


def wilson(k: int, n: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.95)
    middle = k / n + z * z / (2 * n)
    spread = z * (k / n * (1 - k / n) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    return (0.0 if k == 0 else (middle - spread) / scale), (1.0 if k == n else (middle + spread) / scale)


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
        assert len({value for value in values if value is not None}) > 20, name
    assert any(0.15 <= row["completeness"] < 0.99 for row in expected.values())
    assert any(row["converted"] > row["converted_within_horizon"] for row in expected.values())
