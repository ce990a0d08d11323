"""The calibration job: marts in, curve and suggestions out, suggestions recorded in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from orchestration.calibration import ledger
from orchestration.calibration.channels import CHANNEL_COLUMNS, Split, split
from orchestration.calibration.inputs import clean_candidates
from orchestration.calibration.instants import as_of_end
from orchestration.calibration.levels import admissions, make_levels
from orchestration.calibration.marts import Funnel, read_funnel, scores_as_of_export
from orchestration.calibration.method import calibrated
from orchestration.calibration.model import CURVE_COLUMNS, SUGGESTION_COLUMNS, Suggestion
from orchestration.errors import DataError
from orchestration.mart_tables import write_frame, write_rows
from orchestration.settings import Settings


def threshold_for_volume(candidates: pd.DataFrame, as_of: pd.Timestamp, per_week: float) -> float | None:
    """The threshold whose first crossings a week come closest to `per_week` (the lower of two); None
    without leads.
    """
    pool = clean_candidates(candidates, as_of, 0.0)
    if not pool.score.size or per_week <= 0:
        return None
    levels = make_levels(pool.score, pool.score, float(np.floor(np.median(pool.score))), down=0, up=0)
    volume = admissions(levels, pool).sum(axis=1)
    return float(levels.thresholds[int(np.argmin(np.abs(volume - per_week)))])


def _threshold(funnel: Funnel, as_of: pd.Timestamp, *, first_run: bool) -> float:
    reproduced = threshold_for_volume(funnel.candidates, as_of, funnel.weekly_handoffs) if first_run else None
    found = funnel.threshold if reproduced is None else reproduced
    if found is None:
        raise DataError(
            "There is no threshold in force",
            where="marts.mart_threshold_history, segment global",
            fix="add a row for segment global to seeds/mql_thresholds.csv and run again.",
        )
    return found


def _beside(funnel: Funnel) -> str:
    """Hand-offs that are not judged, in words."""
    said = [
        f"Beside this, {leads} hand-offs ({name}) with {sqls} SQLs so far are not judged by the score."
        for name, (leads, sqls) in sorted(funnel.beside.items())
    ]
    return "".join(f" {sentence}" for sentence in said)


def _recorded(marts: duckdb.DuckDBPyConnection, as_of: pd.Timestamp) -> str:
    """Whose score is judged, and where it is not the one that the lead had at its hand-off."""
    exported, handoffs = scores_as_of_export(marts, as_of)
    said = " The score is the one that the marketing system recorded."
    if exported:
        said += f" Of {exported} of {handoffs} hand-offs it has no history: score as of the export."
    return said


def calibrate(
    marts: duckdb.DuckDBPyConnection,
    *,
    as_of_day: date,
    settings: Settings,
    decisions: Path,
    first_run: bool | None = None,
    write: bool = True,
) -> list[Suggestion]:
    """Calibrate all channels together, then each channel, on the marts behind the connection, as known at the
    end of `as_of_day`.

    decisions: the workspace's decisions.jsonl; new suggestions are appended, none twice. first_run: None =
    whether no threshold was ever accepted. write False: only the suggestions are returned, no table and no
    ledger line. The suggestion for all channels comes first, those of channels by name.

    Writes marts.mart_threshold_curve and marts.mart_threshold_channels (this as-of) and
    marts.mart_threshold_suggestions (every suggestion of the ledger up to this as-of, with its decision).
    Raises DataError where a table is missing or the ledger damaged.
    """
    as_of = as_of_end(as_of_day, settings.zone)
    funnel = read_funnel(marts, as_of)
    first = not funnel.accepted if first_run is None else first_run
    threshold = _threshold(funnel, as_of, first_run=first)
    done = calibrated(funnel.handed, funnel.candidates, as_of, threshold, settings, first_run=first)
    parts = split(done, funnel.channel_thresholds)
    said = done.suggestion.reasons + (f" {parts.answer}" if parts.answer else "") + _beside(funnel)
    if settings.score_basis == "recorded":
        said += _recorded(marts, as_of)
    suggestions = [replace(done.suggestion, reasons=said), *parts.suggestions]
    if write:
        record(marts, suggestions, as_of=as_of, decisions=decisions)
        _write_channels(marts, parts)
    return suggestions


def _write_channels(marts: duckdb.DuckDBPyConnection, parts: Split) -> None:
    rows = pd.DataFrame(list(parts.rows), columns=list(CHANNEL_COLUMNS))
    write_frame(marts, "mart_threshold_channels", CHANNEL_COLUMNS, rows)


def record(
    marts: duckdb.DuckDBPyConnection, suggestions: list[Suggestion], *, as_of: pd.Timestamp, decisions: Path
) -> None:
    """Append suggestions to the ledger, then write curve and suggestions (also when there are none)."""
    rows = [suggestion.row() for suggestion in suggestions]
    undecided = [{k: v for k, v in row.items() if k not in ledger.DECISION_COLUMNS} for row in rows]
    ledger.append(decisions, [{"kind": "suggestion", **row} for row in undecided])
    curves = [suggestion.curve for suggestion in suggestions]
    curve = pd.concat(curves) if curves else pd.DataFrame(columns=list(CURVE_COLUMNS))
    write_frame(marts, "mart_threshold_curve", CURVE_COLUMNS, curve)
    shown = _with_decisions(undecided, decisions, as_of)
    write_rows(marts, "mart_threshold_suggestions", SUGGESTION_COLUMNS, shown)


def _with_decisions(
    undecided: list[dict[str, Any]], decisions: Path, as_of: pd.Timestamp
) -> list[dict[str, Any]]:
    """The ledger's suggestions up to the as-of. Those just computed show their own numbers: another
    machine may have recorded the same suggestion with other last digits, and the curve beside it is this
    run's.
    """
    own = {row["suggestion_id"]: row for row in undecided}
    recorded = ledger.suggestions(ledger.read(decisions), as_of)
    return [{**row, **own.get(row["suggestion_id"], {})} for row in recorded]
