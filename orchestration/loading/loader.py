"""Loading a folder of extracts: plan every file first, then write them one by one."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.errors import DataError
from orchestration.loading.content import content_hash
from orchestration.loading.coverage import Coverage, note_extracts, read_manifests
from orchestration.loading.discovery import MAPPING_FILE, Found, find_files
from orchestration.loading.ledger import count_superseded, is_loaded, next_load
from orchestration.loading.mapping import Mapping, read_mapping
from orchestration.loading.mapping_plan import plan_mapped
from orchestration.loading.opening import as_windows_1252, open_source
from orchestration.loading.plan import FilePlan, missing_key, plan_recognised
from orchestration.loading.profiles import ObjectProfile
from orchestration.loading.recognition import recognise
from orchestration.loading.result import FileResult, LoadResult
from orchestration.loading.sources import Source, UnreadableError
from orchestration.loading.sql import first_row
from orchestration.loading.styles import read_anew
from orchestration.loading.tables import create_raw_tables
from orchestration.loading.writing import Lineage, NotUtf8Error, write_file
from orchestration.settings import Settings

Progress = Callable[[str], None]
_MEMORY = 1_000_000_000
"""Bytes DuckDB may use while loading; the process needs about half as much again."""


def load(
    extracts: Path,
    warehouse: duckdb.DuckDBPyConnection,
    *,
    settings: Settings,
    mapping: Path | None,
    progress: Progress | None = None,
) -> LoadResult:
    """Load every new file of the folder into the raw tables; each file is one transaction.

    Every file is looked at before the first is written. Raises UsageError for a missing folder or a wrong
    mapping, DataError where nothing can be loaded or a file lacks its key.
    """
    with tempfile.TemporaryDirectory(prefix="bandpass-") as scratch, _bounded(warehouse):
        return _load(extracts, warehouse, settings, mapping, progress or (lambda _: None), Path(scratch))


@contextmanager
def _bounded(warehouse: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep DuckDB's memory low while loading: a larger share of the machine does not make it faster."""
    setting = "current_setting('memory_limit')"
    before, size = first_row(warehouse, f"SELECT {setting}, parse_formatted_bytes({setting})")
    warehouse.execute("SET memory_limit = $limit", {"limit": f"{min(size, _MEMORY)}B"})
    try:
        yield
    finally:
        warehouse.execute("SET memory_limit = $limit", {"limit": before})


def _load(
    extracts: Path,
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
    mapping: Path | None,
    say: Progress,
    scratch: Path,
) -> LoadResult:
    files = find_files(extracts)
    rules = read_rules(extracts, mapping)
    manifests = read_manifests(extracts, settings.zone)
    plans, results = plan_files(files, rules, scratch)
    if not plans:
        listed = "; ".join(f"{result.path}: {' '.join(result.problems)}" for result in results[:5])
        raise DataError(
            f"None of the {len(results)} files was recognised ({listed})",
            where=str(extracts),
            fix="check with `bandpass doctor`; describe other systems' files in a mapping (docs/mapping.md).",
        )
    create_raw_tables(warehouse)
    number = next_load(warehouse)
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    written: list[FilePlan] = []
    hashes: dict[int, str] = {}
    made: list[tuple[str, str, ObjectProfile, Coverage]] = []
    for plan in plans:
        identity = _identity(plan)
        coverage = manifests.coverage(plan.name, plan.profile)
        made.append((plan.name, identity, plan.profile, coverage))
        if is_loaded(warehouse, plan.profile, identity):
            results.append(
                FileResult(plan.name, plan.profile.vendor, plan.profile.object, already_loaded=True)
            )
            continue
        lineage = Lineage(plan.name, identity, coverage.extracted_at, loaded_at, number)
        zone = plan.time_zone or settings.source_time_zone
        try:
            result = write_file(warehouse, plan, lineage, zone)
        except NotUtf8Error:
            source = as_windows_1252(plan.source, scratch)
            plan = replace(plan, source=source, problems=(*plan.problems, source.remark or ""))
            result = write_file(warehouse, plan, lineage, zone)
        say(_told(result))
        results.append(result)
        written.append(plan)
        hashes[id(result)] = identity
    read = read_anew(warehouse, [plan.profile for plan in written])
    for result in results:
        result.problems += read.get((hashes.get(id(result), ""), f"{result.vendor}_{result.object}"), [])
    note_extracts(warehouse, made, number)
    superseded = count_superseded(warehouse, {p.profile.table: p.profile for p in written}.values(), number)
    for result in results:
        result.superseded = superseded.get((f"{result.vendor}_{result.object}", result.path), 0)
    results.sort(key=lambda result: (result.path, result.object or ""))
    return LoadResult(results, number if written else None, rules.as_of if rules else None)


def read_rules(extracts: Path, mapping: Path | None) -> Mapping | None:
    own = extracts / MAPPING_FILE
    if mapping is not None:
        return read_mapping(mapping)
    return read_mapping(own) if own.is_file() else None


def plan_files(
    files: list[Found], rules: Mapping | None, scratch: Path
) -> tuple[list[FilePlan], list[FileResult]]:
    """What will be done with each file, and what must be said of those that will not be loaded."""
    sources: dict[str, Source] = {}
    results: list[FileResult] = []
    paths = {file.name: file.path for file in files}
    for file in files:
        if file.refused:
            results.append(FileResult(file.name, problems=[file.refused]))
            continue
        try:
            sources[file.name] = open_source(file.path, scratch)
        except UnreadableError as error:
            results.append(FileResult(file.name, problems=[str(error)]))
    plans, used = plan_mapped(rules, sources) if rules else ([], {})
    for name, source in sources.items():
        if name in used:
            if used[name]:
                results.append(FileResult(name, problems=[used[name]]))
            continue
        recognition = recognise(source.header, sample=source.sample)
        if recognition.match is None:
            results.append(FileResult(name, problems=[recognition.problem or "It was not recognised."]))
        elif recognition.match.missing_key:
            results.append(FileResult(name, problems=[missing_key(recognition.match, source)]))
        else:
            plans.append(plan_recognised(paths[name], name, source, recognition.match))
    return plans, results


def _identity(plan: FilePlan) -> str:
    """The content's hash; with the mapping's, where one is used: a changed one loads the file anew."""
    own = content_hash(plan.path)
    if plan.mapping_digest is None:
        return own
    parts = [own, plan.mapping_digest, *(content_hash(join.source.path) for join in plan.joins)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _told(result: FileResult) -> str:
    refused = f", {result.quarantined} refused" if result.quarantined else ""
    return f"{result.path}: {result.loaded} records of {result.vendor} {result.object}{refused}"
