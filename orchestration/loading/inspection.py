"""Looking at extracts without loading them: a trial load of each file, or of a sample, into memory."""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.errors import DataError
from orchestration.loading.discovery import find_files
from orchestration.loading.loader import plan_files, read_rules
from orchestration.loading.opening import as_windows_1252
from orchestration.loading.plan import FilePlan
from orchestration.loading.questions import Question, unanswered, warnings
from orchestration.loading.sampling import Sample, sample
from orchestration.loading.sql import first_row, quoted
from orchestration.loading.styles import read_anew
from orchestration.loading.tables import create_raw_tables, raw_table
from orchestration.loading.writing import Lineage, NotUtf8Error, write_file

_LARGE, _BUDGET, _LEAST = 1 << 24, 1 << 28, 1 << 20
"""A file is sampled above 16 MB, or its share of 256 MB where there are many, at least 1 MB."""
_LISTED = ("Columns not in the file", "Columns the profile", "Columns the mapping")


@dataclass
class FileReport:
    """What one file is; rows are estimated where it was sampled. sure: no other object looks the same."""

    path: str
    vendor: str | None = None
    object: str | None = None
    rows: int | None = None
    is_sampled: bool = False
    period_from: datetime | None = None
    period_to: datetime | None = None
    mapped: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    is_sure: bool = False
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def table(self) -> str:
        return f"{self.vendor}_{self.object}"


@dataclass
class Inspection:
    """All files, what they can't answer, what their sources forget, and the zone of times without one."""

    files: list[FileReport]
    cannot_answer: list[Question]
    warnings: list[str]
    time_zone: str


def inspect(extracts: Path, *, mapping: Path | None = None, time_zone: str = "UTC") -> Inspection:
    """Look at every file of the folder; nothing is written but temporary samples."""
    with tempfile.TemporaryDirectory(prefix="bandpass-") as folder, duckdb.connect() as connection:
        scratch = Path(folder)
        files = find_files(extracts)
        limit = max(_LEAST, min(_LARGE, _BUDGET // len(files)))
        samples = {f.name: sample(f.path, limit, scratch) for f in files if not f.refused}
        looked_at = [replace(f, path=samples[f.name].path) if f.name in samples else f for f in files]
        rules = read_rules(extracts, mapping)
        plans, results = plan_files(looked_at, rules, scratch)
        reports = [FileReport(result.path, problems=list(result.problems)) for result in results]
        create_raw_tables(connection)
        tried = [
            (plan, _tried(connection, plan, samples[plan.name], plan.time_zone or time_zone, scratch))
            for plan in plans
        ]
        read = read_anew(connection, [plan.profile for plan in plans])
        for plan, report in tried:
            report.problems += read.get((plan.name, plan.profile.table), [])
            report.period_from, report.period_to = _period(connection, plan)
            report.empty = _empty(connection, plan) if report.rows is not None else []
        reports += [report for _, report in tried]
    reports.sort(key=lambda report: (report.path, report.object or ""))
    present = {report.table for report in reports if report.vendor and report.rows}
    present |= {
        f"{report.table}.{column}" for report in reports if report.rows for column in _filled(report, plans)
    }
    zone = (rules.time_zone if rules else None) or time_zone
    return Inspection(reports, unanswered(present), warnings(present), zone)


def _filled(report: FileReport, plans: list[FilePlan]) -> set[str]:
    own = next((p for p in plans if p.name == report.path and p.profile.object == report.object), None)
    return (set(own.profile.columns) - set(report.missing) - set(report.empty)) if own else set()


def _tried(
    connection: duckdb.DuckDBPyConnection,
    plan: FilePlan,
    taken: Sample,
    zone: str,
    scratch: Path,
) -> FileReport:
    report = _described(plan)
    lineage = Lineage(plan.name, plan.name, None, datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None), 0)
    try:
        try:
            result = write_file(connection, plan, lineage, zone)
        except NotUtf8Error:
            source = as_windows_1252(plan.source, scratch)
            plan = replace(plan, source=source, problems=(*plan.problems, source.remark or ""))
            result = write_file(connection, plan, lineage, zone)
    except DataError as error:
        report.problems.append(str(error))
        return report
    report.is_sampled = taken.share < 1
    report.rows, report.refused = taken.estimate(result.records), taken.estimate(result.quarantined)
    report.problems += [text for text in result.problems if not text.startswith(_LISTED)]
    if report.is_sampled:
        report.problems.append(f"Only a sample of it was read ({taken.share:.1%}); counts are estimates.")
    return report


def _described(plan: FilePlan) -> FileReport:
    own = [at.index for at in plan.cells.values() if at.index is not None and at.join is None]
    own += [index for places in plan.gathered.values() for index, _ in places]
    header = plan.source.header
    profile = plan.profile
    filled = {*plan.cells, *plan.gathered, *profile.derived}
    return FileReport(
        plan.name,
        profile.vendor,
        profile.object,
        mapped=[header[index] for index in sorted(set(own))],
        unknown=[header[index] for index in plan.unknown],
        missing=[name for name in profile.columns if name not in filled],
        is_sure=plan.is_sure,
    )


def _of(plan: FilePlan, selected: str) -> str:
    return f"SELECT {selected} FROM {raw_table(plan.profile)} WHERE _file = $file"


def _period(connection: duckdb.DuckDBPyConnection, plan: FilePlan) -> tuple[datetime | None, datetime | None]:
    names = [quoted(name) for name in plan.profile.record_times if name in plan.cells]
    if not names:
        return None, None
    ends = [f"min({name}), max({name})" for name in names]
    row = first_row(connection, _of(plan, ", ".join(ends)), {"file": plan.name})
    low = [time for time in row[::2] if time is not None]
    high = [time for time in row[1::2] if time is not None]
    return (min(low), max(high)) if low else (None, None)


def _empty(connection: duckdb.DuckDBPyConnection, plan: FilePlan) -> list[str]:
    names = [name for name in plan.profile.columns if name in plan.cells or name in plan.gathered]
    counts = ", ".join(f"count({quoted(name)})" for name in names)
    row = first_row(connection, _of(plan, counts), {"file": plan.name})
    return [name for name, count in zip(names, row, strict=True) if not count]
