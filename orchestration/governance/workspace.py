"""Decisions about the thresholds of a workspace: what is read, checked, written, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from orchestration.calibration import ledger
from orchestration.calibration.instants import day_before
from orchestration.dbt import project_folder, seeds_folder
from orchestration.errors import UsageError
from orchestration.governance.decide import (
    ACCEPTED,
    REJECTED,
    ROLLED_BACK,
    Decider,
    accepting,
    decision_entry,
    find_suggestion,
    first_open_day,
    rolling_back,
)
from orchestration.governance.threshold_file import FILE, ThresholdRow, append_row, read_thresholds
from orchestration.locking import run_lock
from orchestration.published import find_publication
from orchestration.workspace import Workspace, seed_files, settings_in_effect


@dataclass(frozen=True)
class Thresholds:
    """path: the file in effect. rows: its rows. suggestions: of the ledger, oldest first, each with its
    newest decision. published: the as-of day of what is published; None where nothing is.
    """

    path: Path
    rows: list[ThresholdRow]
    suggestions: list[dict[str, Any]]
    published: date | None


def read_state(workspace: Workspace) -> Thresholds:
    path = seed_files(workspace, seeds_folder(project_folder()))[FILE]
    known = ledger.suggestions(ledger.read(workspace.decisions), pd.Timestamp.max)
    published = find_publication(workspace, None).as_of if workspace.marts().exists() else None
    return Thresholds(path, read_thresholds(path), known, published)


@contextmanager
def _deciding(workspace: Workspace) -> Iterator[Thresholds]:
    """The state, while no run can change it. Raises UsageError where nothing is published yet."""
    find_publication(workspace, None)
    with run_lock(workspace.lock):
        yield read_state(workspace)


def day_of(workspace: Workspace, suggestion: Mapping[str, Any]) -> date:
    """The day at whose end a suggestion was made."""
    return day_before(pd.Timestamp(suggestion["as_of"]), settings_in_effect(workspace).zone)


def accept(
    workspace: Workspace, wanted: str, *, since: date | None, by: Decider
) -> tuple[Thresholds, ThresholdRow]:
    """Put a suggestion into force: a row in the thresholds, then a line in the ledger.

    A process killed between the two leaves a row without a line; accepting again adds the line.
    """
    with _deciding(workspace) as state:
        assert state.published is not None
        suggestion = find_suggestion(state.suggestions, wanted)
        name = str(suggestion["suggestion_id"])
        written = next((row for row in state.rows if row.suggestion_id == name), None)
        if written is not None and suggestion.get("decision") is None and written.accepted_at is not None:
            half = Decider(written.accepted_by or by.name, written.accepted_at, written.note)
            ledger.append(workspace.decisions, [decision_entry(name, ACCEPTED, half)])
            return state, written
        own = [row for row in state.suggestions if row["segment"] == suggestion["segment"]]
        row = accepting(
            suggestion,
            state.rows,
            published=state.published,
            suggested_on=day_of(workspace, suggestion),
            newest_id=str(own[-1]["suggestion_id"]),
            effective_from=first_open_day(state.published, since),
            by=by,
        )
        append_row(state.path, row)
        ledger.append(workspace.decisions, [decision_entry(name, ACCEPTED, by)])
        return state, row


def reject(workspace: Workspace, wanted: str, *, by: Decider) -> Mapping[str, Any]:
    """Record that a suggestion was not followed, and why."""
    with _deciding(workspace) as state:
        suggestion = find_suggestion(state.suggestions, wanted)
        if suggestion.get("decision") == ACCEPTED:
            raise UsageError(
                f"This suggestion was accepted by {suggestion['decided_by']}",
                fix="`bandpass thresholds rollback` takes an accepted threshold back.",
            )
        ledger.append(workspace.decisions, [decision_entry(str(suggestion["suggestion_id"]), REJECTED, by)])
        return suggestion


def roll_back(
    workspace: Workspace, segment: str, *, since: date | None, by: Decider
) -> tuple[Thresholds, ThresholdRow, ThresholdRow]:
    """Bring back the threshold before the newest one, by a row of its own; nothing is deleted."""
    with _deciding(workspace) as state:
        assert state.published is not None
        earliest = first_open_day(state.published, since)
        taken, row = rolling_back(
            state.rows,
            segment,
            earliest=first_open_day(state.published, None),
            asked=since and earliest,
            by=by,
        )
        append_row(state.path, row)
        if taken.suggestion_id:
            ledger.append(workspace.decisions, [decision_entry(taken.suggestion_id, ROLLED_BACK, by)])
        return state, taken, row
