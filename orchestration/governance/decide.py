"""What may be decided about a suggestion, and the row or ledger line that a decision makes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from orchestration.errors import UsageError
from orchestration.governance.threshold_file import ThresholdRow, in_force

ACCEPTED, REJECTED, ROLLED_BACK = "accepted", "rejected", "rolled back"
SAME = 1e-9
GLOBAL = "global"


@dataclass(frozen=True)
class Decider:
    """Who decides, when (UTC, no zone), and why."""

    name: str
    at: datetime
    note: str | None = None


def find_suggestion(suggestions: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any]:
    """The suggestion whose id is `wanted` or begins with it. Raises UsageError where none or several do."""
    found = {str(row["suggestion_id"]): row for row in suggestions}
    found = {name: row for name, row in found.items() if wanted and name.startswith(wanted)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageError(f"{len(found)} suggestions begin with {wanted!r}", fix="write more of the id.")
    raise UsageError(f"There is no suggestion {wanted!r}", fix="`bandpass thresholds list` shows the ids.")


def first_open_day(published: date, asked: date | None) -> date:
    """From when a decision can act: the day after the published as-of, or later.

    Raises UsageError for an earlier day.
    """
    earliest = published + timedelta(days=1)
    if asked is not None and asked < earliest:
        raise UsageError(
            f"{asked} is published already (as of {published}); a threshold changes nothing in the past",
            where="--from",
            fix=f"leave --from out, or write {earliest} or later.",
        )
    return asked or earliest


def accepting(
    suggestion: Mapping[str, Any],
    rows: Sequence[ThresholdRow],
    *,
    published: date,
    suggested_on: date,
    newest_id: str,
    effective_from: date,
    by: Decider,
) -> ThresholdRow:
    """The row that puts a suggestion into force.

    published: as-of of what is published. suggested_on: as-of day of the suggestion. newest_id: the newest
    suggestion of its segment. A channel whose threshold would be that of global follows it again: its row is
    blank. Raises UsageError for one that is decided or stale, or would change nothing.
    """
    segment = str(suggestion["segment"])
    row = _in_force_for(rows, segment, effective_from)
    if row is None:
        raise UsageError(
            "There is no threshold in force", fix="add a row for global to seeds/mql_thresholds.csv."
        )
    if suggestion.get("decision") == ACCEPTED or row.suggestion_id == suggestion["suggestion_id"]:
        raise UsageError(
            f"This suggestion is accepted already, by {suggestion.get('decided_by') or row.accepted_by}",
            fix="nothing is left to do; `bandpass thresholds rollback` takes it back.",
        )
    _refuse_stale(suggestion, rows, published, suggested_on, newest_id)
    threshold = float(suggestion["suggested_threshold"])
    judged = float(suggestion["current_threshold"])
    if suggestion.get("splits_off") is False and abs(threshold - judged) < SAME:
        raise UsageError(
            f"This suggestion leaves {segment} as it is: it follows all channels, or keeps its own threshold",
            fix="nothing is left to do: where it follows, it moves with the suggestion for all channels.",
        )
    counts = row.accepted_by or segment != GLOBAL
    if counts and row.threshold is not None and abs(threshold - row.threshold) < SAME:
        raise UsageError(
            f"This suggestion keeps the threshold in force, {threshold:g}",
            fix="nothing is left to do: it stays as it is.",
        )
    shared = in_force(rows, GLOBAL, effective_from)
    general = shared.threshold if shared and segment != GLOBAL else None
    follows = general is not None and abs(threshold - general) < SAME
    return ThresholdRow(
        segment,
        None if follows else threshold,
        None if follows else row.min_fit,
        None if follows else row.min_engagement,
        effective_from,
        by.at,
        by.name,
        str(suggestion["suggestion_id"]),
        by.note,
    )


def _in_force_for(rows: Sequence[ThresholdRow], segment: str, day: date) -> ThresholdRow | None:
    """The row whose threshold counts for a segment: its own, else that of global."""
    row = in_force(rows, segment, day)
    return in_force(rows, GLOBAL, day) if row is None or row.threshold is None else row


def _refuse_stale(
    suggestion: Mapping[str, Any],
    rows: Sequence[ThresholdRow],
    published: date,
    suggested_on: date,
    newest_id: str,
) -> None:
    fix = "run `bandpass run` (or `bandpass calibrate`) and decide about the newest suggestion."
    if published > suggested_on:
        raise UsageError(
            f"This suggestion is stale: it knows the data up to {suggested_on}, published is {published}",
            fix=fix,
        )
    if newest_id != suggestion["suggestion_id"]:
        raise UsageError("This suggestion is stale: there is a newer one, of other data or settings", fix=fix)
    segment = str(suggestion["segment"])
    later = [
        row for row in rows if row.segment == segment and (row.effective_from or date.min) > suggested_on
    ]
    if later:
        raise UsageError(
            f"This suggestion is stale: line {later[-1].line} of the thresholds sets {segment} to "
            f"{_shown(later[-1])} from {later[-1].effective_from} on",
            fix=f"`bandpass thresholds rollback` takes that back; or {fix}",
        )
    row = _in_force_for(rows, segment, suggested_on)
    judged = float(suggestion["current_threshold"])
    if (
        row is not None
        and row.accepted_by
        and row.threshold is not None
        and abs(row.threshold - judged) > SAME
    ):
        raise UsageError(
            f"This suggestion is stale: it judged a threshold of {judged:g}, in force is {row.threshold:g}",
            fix=fix,
        )


def rolling_back(
    rows: Sequence[ThresholdRow], segment: str, *, earliest: date, asked: date | None, by: Decider
) -> tuple[ThresholdRow, ThresholdRow]:
    """(the row that is taken back, the row that brings back what was in force before it).

    A row that is not in force yet is taken back from the day on which it would have been. Raises UsageError
    where nothing was accepted.
    """
    own = [row for row in rows if row.segment == segment]
    newest = max(own, key=lambda row: (row.effective_from or date.min, row.line), default=None)
    if newest is None or newest.effective_from is None:
        raise UsageError(
            f"Nothing was ever changed for {segment}, so nothing can be taken back",
            where="seeds/mql_thresholds.csv",
            fix="`bandpass thresholds list` shows what is in force.",
        )
    before = [row for row in own if row is not newest]
    previous = max(before, key=lambda row: (row.effective_from or date.min, row.line), default=None)
    since = max(earliest, newest.effective_from)
    if asked is not None and asked < since:
        raise UsageError(
            f"{asked} is before {since}, the first day on which this can be taken back",
            where="--from",
            fix=f"leave --from out, or write {since} or later.",
        )
    taken = newest.suggestion_id or f"line {newest.line}"
    return newest, ThresholdRow(
        segment,
        previous.threshold if previous else None,
        previous.min_fit if previous else None,
        previous.min_engagement if previous else None,
        asked or since,
        by.at,
        by.name,
        None,
        f"Takes back {taken}" + (f": {by.note}" if by.note else ""),
    )


def decision_entry(suggestion_id: str, decision: str, by: Decider) -> dict[str, Any]:
    """The ledger's line."""
    return {
        "kind": "decision",
        "suggestion_id": suggestion_id,
        "decision": decision,
        "decided_at": by.at,
        "decided_by": by.name,
        "decision_note": by.note,
    }


def _shown(row: ThresholdRow) -> str:
    return "that of global" if row.threshold is None else f"{row.threshold:g}"
