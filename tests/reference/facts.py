"""What the oracle starts from: the published facts of every lead, the seeds and the settings of a run."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings, load_settings

from .moments import Calendar, Moment
from .seeds import Seeds, read_seeds, without_minimums

ATTRIBUTES = [
    "title",
    "seniority",
    "job_role",
    "industry",
    "employee_count",
    "annual_revenue",
    "budget",
    "country",
    "email_domain",
    "is_free_mail",
    "is_student",
    "company",
    "channel",
    "custom_1",
    "custom_2",
    "custom_3",
    "custom_4",
    "custom_5",
]
OWN_SOURCES = {"bandpass", "scored", "score", "rules"}  # any other source of a stage entry is a vendor
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Activity:
    activity_id: str
    activity_type: str
    occurred: Moment
    known_at: datetime
    is_bot: bool = False


@dataclass(frozen=True)
class HistoryRow:
    valid_from: datetime
    valid_to: datetime | None
    attributes: dict[str, Any]


@dataclass(frozen=True)
class StageEntry:
    stage: str
    entered: Moment
    known_at: datetime
    source: str = "salesforce"
    is_inferred: bool = False
    exited_at: datetime | None = None

    @property
    def is_recorded_mql(self) -> bool:
        vendor = (self.source or "").split(":")[0].lower()
        return self.stage == "mql" and not self.is_inferred and vendor not in OWN_SOURCES


@dataclass(frozen=True)
class Opportunity:
    opportunity_id: str
    known_at: datetime
    closed_known_at: datetime | None = None
    is_won: bool = False


@dataclass
class Lead:
    lead_id: str
    created_at: datetime | None
    activities: list[Activity] = field(default_factory=list)
    history: list[HistoryRow] = field(default_factory=list)
    entries: list[StageEntry] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    recorded_scores: list[tuple[datetime, float]] = field(default_factory=list)  # from when on it was another

    def recorded_score_at(self, t: datetime) -> float:
        """The vendor's own score as known at t; 0 before it recorded one."""
        return next((score for since, score in reversed(self.recorded_scores) if since <= t), 0.0)

    def attributes_at(self, t: datetime) -> dict[str, Any]:
        """Attributes known at t; all null before the first row."""
        for row in self.history:
            if row.valid_from <= t and (row.valid_to is None or t < row.valid_to):
                return row.attributes
        return dict.fromkeys(ATTRIBUTES)


@dataclass
class World:
    calendar: Calendar
    seeds: Seeds
    leads: dict[str, Lead]
    as_of: date
    horizon_days: int
    cooldown_days: int
    mql_basis: str
    score_basis: str = "rules"

    @property
    def end(self) -> datetime:
        """The as-of: the last microsecond of its day."""
        return self.calendar.last_microsecond(self.as_of)


def rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    relation = connection.table(f"marts.{table}")
    return [dict(zip(relation.columns, values, strict=True)) for values in relation.fetchall()]


def connect(workspace: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(workspace / "published" / "bandpass.duckdb"), read_only=True)


def publication_of(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the published file says of itself (as-of, basis); nothing where it says nothing."""
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts'"
    ).fetchall()
    return rows(connection, "mart_publication")[0] if ("mart_publication",) in tables else {}


def as_of_day(workspace: Path) -> date:
    """The as-of day of the newest run that says one."""
    files = sorted((workspace / "runs").glob("*.json"), key=lambda path: (path.stat().st_mtime, path.name))
    for path in reversed(files):
        run = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(run, dict) and run.get("as_of"):
            return date.fromisoformat(str(run["as_of"])[:10])
    raise FileNotFoundError(f"no run with an as-of day under {workspace / 'runs'}")


def settings_of(workspace: Path) -> Settings:
    own = workspace / "bandpass.yml"
    return load_settings(own if own.exists() else REPOSITORY / "bandpass.yml")


def load_world(workspace: Path, basis: str | None = None) -> World:
    """Everything known by the as-of of the workspace's newest run."""
    settings = settings_of(workspace)
    calendar = Calendar(settings.zone)
    with connect(workspace) as connection:
        publication = publication_of(connection)
        as_of = publication.get("as_of") or as_of_day(workspace)
        leads = read_leads(connection, calendar.last_microsecond(as_of))
        if settings.score_basis == "recorded":
            read_recorded_scores(connection, leads)
    seeds = read_seeds(workspace / ".seeds")
    return World(
        calendar=calendar,
        seeds=without_minimums(seeds) if settings.score_basis == "recorded" else seeds,
        leads=leads,
        as_of=as_of,
        horizon_days=settings.horizon_days.mql_to_sql,
        cooldown_days=settings.cooldown_days,
        mql_basis=basis or _basis(publication.get("mql_basis") or settings.mql_basis, leads),
        score_basis=settings.score_basis,
    )


def _basis(decided: str, leads: dict[str, Lead]) -> str:
    """auto (nothing decided yet): recorded where any vendor marks MQLs, else scored."""
    if decided != "auto":
        return decided
    marked = any(entry.is_recorded_mql for lead in leads.values() for entry in lead.entries)
    return "recorded" if marked else "scored"


def read_leads(connection: duckdb.DuckDBPyConnection, end: datetime) -> dict[str, Lead]:
    """The leads with their facts; what became known after `end` is left out."""
    leads = {row["lead_id"]: Lead(row["lead_id"], row["created_at"]) for row in rows(connection, "dim_leads")}
    by_lead: defaultdict[str, Lead] = defaultdict(lambda: Lead("", None))  # rows of no lead go nowhere
    by_lead.update(leads)
    for row in rows(connection, "fct_activities"):
        if row["known_at"] <= end:
            by_lead[row["lead_id"]].activities.append(_activity(row))
    for row in rows(connection, "dim_lead_history"):
        if row["valid_from"] <= end:
            by_lead[row["lead_id"]].history.append(_history_row(row))
    for row in rows(connection, "fct_lifecycle_events"):
        if row["known_at"] <= end:
            by_lead[row["lead_id"]].entries.append(_stage_entry(row))
    for row in rows(connection, "fct_opportunities"):
        if (row["known_at"] or row["created_at"]) <= end:
            by_lead[row["lead_id"]].opportunities.append(_opportunity(row, end))
    return leads


def read_recorded_scores(connection: duckdb.DuckDBPyConnection, leads: dict[str, Lead]) -> None:
    """The vendor's own scores, of which the published scores at the instants are the only trace."""
    for row in sorted(
        rows(connection, "fct_lead_scores"), key=lambda row: (row["lead_id"], row["scored_at"])
    ):
        lead = leads[row["lead_id"]]
        score = float(row["lead_score"])
        if score != lead.recorded_score_at(row["scored_at"]):
            lead.recorded_scores.append((row["scored_at"], score))


def _activity(row: dict[str, Any]) -> Activity:
    occurred = Moment(row["occurred_at"], bool(row["is_date_only"]))
    return Activity(row["activity_id"], row["activity_type"], occurred, row["known_at"], bool(row["is_bot"]))


def _history_row(row: dict[str, Any]) -> HistoryRow:
    return HistoryRow(row["valid_from"], row["valid_to"], {name: row[name] for name in ATTRIBUTES})


def _stage_entry(row: dict[str, Any]) -> StageEntry:
    return StageEntry(
        stage=row["stage"],
        entered=Moment(row["entered_at"], bool(row["is_date_only"])),
        known_at=row["known_at"],
        source=row["source"],
        is_inferred=bool(row["is_inferred"]),
        exited_at=row["exited_at"],
    )


def _opportunity(row: dict[str, Any], end: datetime) -> Opportunity:
    closed_known_at = (row["closed_known_at"] or row["closed_at"]) if row["closed_at"] else None
    if closed_known_at is not None and closed_known_at > end:
        closed_known_at = None
    return Opportunity(
        opportunity_id=row["opportunity_id"],
        known_at=row["known_at"] or row["created_at"],
        closed_known_at=closed_known_at,
        is_won=bool(row["is_won"]) and closed_known_at is not None,
    )
