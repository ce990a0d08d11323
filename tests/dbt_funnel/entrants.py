"""Entrants of the funnel's steps, gathered in plain Python from the published facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.settings import Settings

Row = dict[str, Any]
When = tuple[datetime, bool]  # and whether only its day is known


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


def entrants_of(marts: duckdb.DuckDBPyConnection, settings: Settings) -> list[Entrant]:
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


def wilson(k: int, n: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.95)
    middle = k / n + z * z / (2 * n)
    spread = z * (k / n * (1 - k / n) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    return (0.0 if k == 0 else (middle - spread) / scale), (1.0 if k == n else (middle + spread) / scale)
