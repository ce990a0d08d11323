"""The guard around a run: it refuses a change for the past before dbt, and tells what was restated after."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import duckdb

from orchestration.asof import end_of_day
from orchestration.dbt import project_folder, seeds_folder
from orchestration.restatement.compare import Change, changes_of_past
from orchestration.restatement.definitions import DefinitionChange, changed_definitions, read_definitions
from orchestration.restatement.log import read_log, without_at, write_log
from orchestration.restatement.rows import SeedRow, read_seeds
from orchestration.restatement.settings import SettingChange, changed_settings
from orchestration.restatement.tables import (
    Difference,
    PublishedPast,
    Restatement,
    compare_published,
    read_past,
    write_restatements,
    write_seeds,
)
from orchestration.restatement.wording import AnyChange, detail, refusal, subject
from orchestration.session import RunSession, connected
from orchestration.workspace import seed_files, settings_file

logger = logging.getLogger("bandpass")

MOST_NAMED = 5
NO_RULE = (
    "rows became known late without an explicit extract time, or a mapping outside the guard "
    "or the version changed"
)


@dataclass
class Guarded:
    """What the guard knows of one run. past None: nothing to compare with."""

    seeds: Sequence[SeedRow]
    past: PublishedPast | None = None
    changes: Sequence[Change] = ()
    log: list[Restatement] = field(default_factory=list)
    merged: dict[int, Sequence[tuple[str, str]]] = field(default_factory=dict)


def check_past(session: RunSession) -> Guarded:
    """Compare the seeds and settings with those of the published file; the as-of day must be settled.

    Raises UsageError where a published decision would change and nobody asked for it.
    """
    workspace, request = session.workspace, session.request
    files = seed_files(workspace, seeds_folder(project_folder()))
    seeds = read_seeds(workspace.seeds, files)
    if session.record.is_old_as_of or not workspace.marts().exists():
        return Guarded(seeds)
    past = read_past(workspace.marts())
    if past is None:
        logger.info("The published file does not say which rules it was made with; from now on it will")
        return Guarded(seeds)
    if session.settings.mql_basis == "auto" and not request.restate:
        # Decided once: a lost settings file must not decide again.
        session.settings = session.settings.model_copy(update={"mql_basis": past.settings["mql_basis"]})
    changes = changes_of_past(past.seeds, seeds, past.as_of)
    found: list[AnyChange] = [*changed_settings(past.settings, session.settings), *changes]
    if found and not request.restate:
        raise refusal(found, past.as_of, past.seeds, seeds, {**files, "": settings_file(workspace)})
    for change in found:
        logger.warning("Restating what was published: %s: %s", subject(change), detail(change))
    return Guarded(seeds, past, changes)


def note_restatements(session: RunSession, guarded: Guarded) -> None:
    """Write the guard's tables into the marts, which dbt has built; the log follows after publication."""
    past, day = guarded.past, session.day()
    log = read_log(session.workspace.decisions, past.restatements if past is not None else ())
    guarded.log = [row for row in log if row.as_of <= day]
    with connected(session.marts) as marts:
        if past is not None:
            end = end_of_day(past.as_of, ZoneInfo(past.settings["time_zone"]))
            found = compare_published(marts, session.workspace.marts(), past.as_of, end)
            now = changed_settings(past.settings, session.settings)
            changes: list[AnyChange] = [*now, *guarded.changes]
            with duckdb.connect(str(session.workspace.marts()), read_only=True) as published:
                definitions = changed_definitions(read_definitions(published), read_definitions(marts))
            number = max((row.number for row in log), default=0) + 1
            fresh = restatements(found, changes, definitions, number=number, as_of=day)
            guarded.log += fresh
            guarded.merged = {row.number: found.merged for row in fresh if row.kind == "identity"}
            session.record.restatements = [asdict(row) for row in fresh]
            for row in fresh:
                logger.info("Restated: %s: %s; %d MQLs differ", row.subject, row.detail, row.episodes_changed)
        write_seeds(marts, guarded.seeds)
        write_restatements(marts, guarded.log)


def log_restatements(session: RunSession, guarded: Guarded) -> None:
    """After the publication: what it restated, durably; lines that are there already are not repeated."""
    if guarded.log and not session.record.is_old_as_of:
        write_log(session.workspace.decisions, guarded.log, guarded.merged)


def restatements(
    found: Difference,
    changes: Sequence[AnyChange],
    definitions: Sequence[DefinitionChange] = (),
    *,
    number: int,
    as_of: date,
) -> list[Restatement]:
    """One per changed rule, setting or definition, and one per other cause that changed published episodes.

    The rules and settings of one run share their counts: their effects can't be told apart, nor from those
    of late rows of the same run.
    """
    nothing = (0, 0, 0)
    said: list[tuple[str, str, str, tuple[int, int, int]]] = []
    others = found.by_cause.get("other", nothing)
    for change in changes:
        kind = "setting" if isinstance(change, SettingChange) else "seed"
        said.append((kind, subject(change), detail(change), others))
    # A definition decides nothing: it changes what is counted, not the episodes.
    said += [("definition", change.subject, change.detail, nothing) for change in definitions]
    if not changes and others[2]:
        said.append(("late rows", "no rule", NO_RULE, others))
    if found.merged:
        pairs = ", ".join(f"{alias} and {lead}" for alias, lead in found.merged[:MOST_NAMED])
        more = f" and {len(found.merged) - MOST_NAMED} more" if len(found.merged) > MOST_NAMED else ""
        counts = found.by_cause.get("identity", nothing)
        said.append(("identity", f"leads merged or split: {len(found.merged)}", f"{pairs}{more}", counts))
    deleted = found.by_cause.get("deletion", nothing)
    if deleted[2]:
        said.append(("deletion", "deleted records", "their leads have left the marts", deleted))
    return [
        Restatement(number + i, as_of, kind, without_at(what), without_at(why), *counts)
        for i, (kind, what, why, counts) in enumerate(said)
    ]
