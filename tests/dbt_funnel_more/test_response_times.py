"""mart_sla, hand-off by hand-off in plain Python from published facts; owners from the extracts."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import Settings
from tests.dbt_funnel.entrants import Row, rows, wilson

from .working_hours import due, worked

ALL = "(all)"
MARKETING = re.compile(r"^00G|\b(marketing|marketo|nurture|nurturing)\b", re.IGNORECASE)
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class HandOff:
    on: date
    owner: str
    channel: str
    response: str
    hours: float | None
    is_matured: bool
    is_sql_in_time: bool

    @property
    def band(self) -> str:
        if self.response in ("decided_untouched", "past_due", "waiting"):
            return "not touched"
        assert self.hours is not None
        return next((name for name, most in BANDS.items() if self.hours <= most), "over 24 h")


BANDS = {"0-1 h": 1, "1-4 h": 4, "4-8 h": 8, "8-24 h": 24}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def owners_told(extracts: Path) -> Iterator[tuple[str, str, datetime]]:
    """(record, owner, when) of every log row and every version of a record in the Salesforce extracts."""
    with (extracts / "LeadHistory.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["Field"] == "Owner":
                yield f"salesforce:lead:{row['LeadId']}", row["NewValue"], instant(row["CreatedDate"])
    for name in ("lead", "contact"):
        with (extracts / f"{name.capitalize()}.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                yield f"salesforce:{name}:{row['Id']}", row["OwnerId"], instant(row["SystemModstamp"])


@pytest.fixture(scope="module")
def owners(
    marts: duckdb.DuckDBPyConnection, built_workspace: Any, as_of: date
) -> dict[str, list[tuple[datetime, str | None]]]:
    """Of each lead, at which instants who in sales had it (None: marketing); an id goes before a name."""
    lead_of = {
        source: lead["lead_id"]
        for lead in rows(marts, "select lead_id, source_ids from marts.dim_leads")
        for source in lead["source_ids"]
    }
    told: dict[str, dict[datetime, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record, owner, at in owners_told(built_workspace.workspace.root / "extracts" / "salesforce"):
        if record in lead_of and at.date() <= as_of:
            told[lead_of[record]][at] += [] if MARKETING.search(owner) else [owner]
    return {
        lead: sorted(((at, min(names, default=None)) for at, names in of_lead.items()), key=lambda it: it[0])
        for lead, of_lead in told.items()
    }


def owner_of(told: list[tuple[datetime, str | None]], since: datetime, until: datetime | None) -> str:
    """Who in sales had the lead first from the hand-off on, else who had it last before."""
    told = [(at, owner) for at, owner in told if until is None or at <= until]
    after = [owner for at, owner in told if at >= since and owner]
    before = [owner for at, owner in told if at < since]
    return next(iter(after), None) or (before[-1] if before else None) or "(none)"


@pytest.fixture(scope="module")
def hand_offs(
    marts: duckdb.DuckDBPyConnection,
    settings: Settings,
    as_of: date,
    owners: dict[str, list[tuple[datetime, str | None]]],
) -> list[HandOff]:
    assert settings.time_zone == "UTC"
    end = datetime.combine(as_of + timedelta(days=1), time())
    horizon = settings.horizon_days.mql_to_sql
    excluded = {row["lead_id"] for row in rows(marts, "from marts.dim_leads where is_excluded")}
    ends = {
        (row["lead_id"], row["segment_number"]): row["ends_at"]
        for row in rows(marts, "from marts.fct_lead_segments")
    }
    touches = defaultdict(list)
    for row in rows(marts, "from marts.fct_activities where activity_type in ('call', 'meeting')"):
        assert not row["is_date_only"]
        touches[row["lead_id"]].append(row["occurred_at"])
    by_lead: dict[str, list[Row]] = defaultdict(list)
    for row in rows(marts, "from marts.fct_handoffs order by handed_off_at, segment_number"):
        by_lead[row["lead_id"]].append(row)
    found = []
    for lead, of_lead in by_lead.items():
        if lead in excluded:
            continue
        for row, following in zip(of_lead, [*of_lead[1:], None], strict=True):
            at, decided = (
                row["handed_off_at"],
                min((t for t in (row["sql_at"], row["closed_at"]) if t), default=None),
            )
            touch = min(
                (
                    t
                    for t in touches[lead]
                    if t >= at
                    and (following is None or t < following["handed_off_at"])
                    and (decided is None or t <= decided)
                ),
                default=None,
            )
            due_at = due(at, settings)
            if touch:
                response = "in_time" if touch <= due_at else "late"
            else:
                response = "decided_untouched" if decided else "past_due" if due_at < end else "waiting"
            in_time = row["sql_at"] is not None and row["sql_at"] <= at + timedelta(days=horizon)
            found.append(
                HandOff(
                    at.date(),
                    owner_of(owners[lead], at, ends[lead, row["segment_number"]]),
                    row["channel"] or "(none)",
                    response,
                    worked(at, touch, settings) / timedelta(hours=1) if touch else None,
                    (as_of - at.date()).days >= horizon,
                    in_time,
                )
            )
    return found


def counted(hand_offs: list[HandOff], is_band: bool) -> Row:
    found: Row = {"handed_off": len(hand_offs)}
    for response in ("in_time", "late", "decided_untouched", "past_due", "waiting"):
        found[response] = sum(h.response == response for h in hand_offs)
    due_count = found["in_time"] + found["late"] + found["past_due"]
    found["due"] = None if is_band else due_count
    is_rated = not is_band and due_count > 0
    found["in_time_rate"] = found["in_time"] / due_count if is_rated else None
    found["in_time_low"], found["in_time_high"] = (
        wilson(found["in_time"], due_count) if is_rated else (None, None)
    )
    hours = sorted(h.hours for h in hand_offs if h.hours is not None)
    found["median_response_hours"] = hours[(len(hours) - 1) // 2] if hours else None
    matured = [h for h in hand_offs if h.is_matured]
    sqls = sum(h.is_sql_in_time for h in matured)
    found["matured"], found["matured_sqls"] = len(matured), sqls
    found["sql_rate_matured"] = sqls / len(matured) if matured else None
    found["sql_rate_low"], found["sql_rate_high"] = wilson(sqls, len(matured)) if matured else (None, None)
    return found


def keys(hand_off: HandOff, since: date) -> Iterator[Key]:
    for period in ("all", "recent") if hand_off.on > since else ("all",):
        for channel in (hand_off.channel, ALL):
            yield period, ALL, channel, hand_off.band
            for owner in (hand_off.owner, ALL):
                yield period, owner, channel, ALL


def test_every_row_equals_the_recomputation(
    marts: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, hand_offs: list[HandOff]
) -> None:
    groups: dict[Key, list[HandOff]] = defaultdict(list)
    for hand_off in hand_offs:
        for key in keys(hand_off, as_of - timedelta(days=settings.calibration.delay_window_days)):
            groups[key].append(hand_off)
    published = {
        (row["period"], row["owner"], row["channel"], row["response_band"]): row
        for row in rows(marts, "from marts.mart_sla")
    }
    assert published.keys() == groups.keys()
    for key, group in groups.items():
        wanted = counted(group, is_band=key[3] != ALL)
        assert {name: published[key][name] for name in wanted} == pytest.approx(wanted, abs=1e-9), key
        assert (published[key]["note"] is None) == (key[3] == ALL)


def test_the_sample_has_every_kind_of_answer(hand_offs: list[HandOff]) -> None:
    """Else the comparison could be one of nothing with nothing."""
    assert {h.response for h in hand_offs} >= {"in_time", "late", "decided_untouched", "past_due"}
    assert len({h.owner for h in hand_offs}) > 5
    assert len({h.band for h in hand_offs}) >= 5
