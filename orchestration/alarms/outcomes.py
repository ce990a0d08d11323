"""What each suggestion promised, and what came of it under the threshold that was really in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit

from orchestration.calibration import exact
from orchestration.calibration.model import Flags, Floats
from orchestration.settings import Band

WEEKS = 13
ENOUGH = 20.0  # hand-offs, as far as their outcome has usually been seen
MATURE = 0.5  # share of final SQLs that has usually come by now
TAIL = 0.05
SAME = 1e-9
GLOBAL = "global"
_PROMISED = ("rate", "rate_low", "rate_high", "p_in_band", "mqls_per_week", "sqls_per_week")

#: column -> DuckDB type of mart_suggestion_outcomes
COLUMNS: dict[str, str] = {
    "suggestion_id": "VARCHAR",
    "suggested_as_of": "TIMESTAMP",
    "segment": "VARCHAR",
    "status": "VARCHAR",
    "decision": "VARCHAR",
    "promise": "VARCHAR",
    "threshold": "DOUBLE",
    "begins_at": "TIMESTAMP",
    "ends_at": "TIMESTAMP",
    "weeks": "DOUBLE",
    "promised_rate": "DOUBLE",
    "promised_rate_low": "DOUBLE",
    "promised_rate_high": "DOUBLE",
    "promised_p_in_band": "DOUBLE",
    "promised_mqls_per_week": "DOUBLE",
    "promised_sqls_per_week": "DOUBLE",
    "handed_off_leads": "BIGINT",
    "below_threshold": "BIGINT",
    "sqls": "BIGINT",
    "maturity": "DOUBLE",
    "rate_realised": "DOUBLE",
    "rate_realised_low": "DOUBLE",
    "rate_realised_high": "DOUBLE",
    "mqls_per_week": "DOUBLE",
    "sqls_per_week": "DOUBLE",
    "is_inside": "BOOLEAN",
    "is_in_band": "BOOLEAN",
    "reason": "VARCHAR",
}


@dataclass(frozen=True)
class Stretch:
    """Under which threshold, and when, a suggestion can be seen to come true. promise: `after` (it was
    accepted), `now` (the threshold stayed), None (another one was in force: nothing was promised for it).
    """

    promise: str | None
    threshold: float | None
    begins: pd.Timestamp
    ends: pd.Timestamp


@dataclass(frozen=True)
class Came:
    """Hand-offs of a stretch with scores from its threshold on. share: G of each at its age, converted: SQL
    so far; arrays of length n. below: how many more were handed over with lower scores, of which nothing was
    promised.
    """

    share: Floats
    converted: Flags
    below: int = 0


def find_stretch(
    suggestion: Mapping[str, Any], history: Sequence[Mapping[str, Any]], as_of: pd.Timestamp
) -> Stretch:
    """history: what was in force for the segment, oldest first (`timeline`); times UTC, None = open.

    A stretch lasts until the threshold changes, at most 13 weeks, and not beyond `as_of`.
    """
    made = pd.Timestamp(suggestion["as_of"])
    accepted = next((r for r in history if r["suggestion_id"] == suggestion["suggestion_id"]), None)
    row = accepted or _in_force(history, made)
    begins = made
    if accepted is not None and not pd.isna(accepted["effective_from"]):
        begins = max(made, pd.Timestamp(accepted["effective_from"]))
    ends = min(begins + pd.Timedelta(weeks=WEEKS), as_of)
    if row is not None and not pd.isna(row["effective_to"]):
        ends = min(ends, pd.Timestamp(row["effective_to"]))
    ends = max(ends, begins)
    if accepted is not None:
        return Stretch("after", float(suggestion["suggested_threshold"]), begins, ends)
    current = float(suggestion["current_threshold"])
    # Before the first acceptance the current threshold is the one that reproduces what sales got.
    governed = row is not None and not pd.isna(row["accepted_by"]) and not pd.isna(row["threshold"])
    if governed and row is not None and abs(float(row["threshold"]) - current) > SAME:
        return Stretch(None, float(row["threshold"]), begins, ends)
    return Stretch("now", current, begins, ends)


def timeline(history: Sequence[Mapping[str, Any]], segment: str) -> list[Mapping[str, Any]]:
    """What was in force for a segment, oldest first: its own rows of mart_threshold_history, and global's
    where it has none or a blank threshold.
    """
    globally = [row for row in history if row["segment"] == GLOBAL]
    own = [row for row in history if row["segment"] == segment]
    if segment == GLOBAL or not own:
        return globally
    starts = {None if pd.isna(row["effective_from"]) else row["effective_from"] for row in (*globally, *own)}
    ordered = sorted(starts, key=lambda start: pd.Timestamp.min if start is None else pd.Timestamp(start))
    found: list[Mapping[str, Any]] = []
    for start, end in zip(ordered, [*ordered[1:], None], strict=True):
        at = pd.Timestamp.min if start is None else pd.Timestamp(start)
        row = _in_force(own, at)
        if row is None or pd.isna(row["threshold"]):
            row = _in_force(globally, at)
        if row is None:
            continue
        if found and _same(found[-1], row):
            found[-1] = {**found[-1], "effective_to": end}
        else:
            found.append({**row, "effective_from": start, "effective_to": end})
    return found


def _same(before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether one row of the history goes on."""
    return all(before[name] == row[name] for name in ("segment", "threshold", "suggestion_id"))


def _in_force(history: Sequence[Mapping[str, Any]], at: pd.Timestamp) -> Mapping[str, Any] | None:
    def began(row: Mapping[str, Any]) -> bool:
        return bool(pd.isna(row["effective_from"])) or pd.Timestamp(row["effective_from"]) <= at

    return next((row for row in reversed(history) if began(row)), None)


def came_true(rate: float, low: float, high: float, sqls: int, handoffs: int, share: float) -> bool:
    """Whether `sqls` of `handoffs` lie in the 90 % range of what was promised: final rates between low and
    high (90 %, a normal curve of the logit on either side of `rate`), and the luck of so many hand-offs.
    """
    bounds = np.clip([low, rate, high], 1e-4, 1 - 1e-4)
    left, middle, right = logit(bounds)
    z = stats.norm.ppf((np.arange(101) + 0.5) / 101)
    spread = np.where(z < 0, middle - left, right - middle) / stats.norm.ppf(1 - TAIL)
    chance = expit(middle + z * spread) * share
    fewer = float(stats.binom.cdf(sqls, handoffs, chance).mean())
    more = float(stats.binom.sf(sqls - 1, handoffs, chance).mean())
    return min(fewer, more) > TAIL


def judge(
    suggestion: Mapping[str, Any], stretch: Stretch, came: Came, *, least_share: float, band: Band
) -> dict[str, Any]:
    """One row of mart_suggestion_outcomes. least_share: a hand-off counts once so much of its SQLs has
    usually come.
    """
    old = came.share >= least_share
    n, k = int(old.sum()), int(came.converted[old].sum())
    exposure = float(came.share[old].sum())
    share = exposure / n if n else 0.0
    weeks = (stretch.ends - stretch.begins) / pd.Timedelta(weeks=1)
    promised = {name: _promised(suggestion, name, stretch.promise) for name in _PROMISED}
    why = _why_not(suggestion, stretch, exposure, share)
    row: dict[str, Any] = {
        "suggestion_id": suggestion["suggestion_id"],
        "suggested_as_of": pd.Timestamp(suggestion["as_of"]),
        "segment": suggestion["segment"],
        "status": suggestion["status"],
        "decision": suggestion.get("decision"),
        "promise": stretch.promise,
        "threshold": stretch.threshold,
        "begins_at": stretch.begins,
        "ends_at": stretch.ends,
        "weeks": float(weeks),
        **{f"promised_{name}": value for name, value in promised.items()},
        "handed_off_leads": n,
        "below_threshold": came.below,
        "sqls": k,
        "maturity": share if n else None,
        "mqls_per_week": came.share.size / weeks if weeks >= 1 else None,
    }
    if n:
        counts = (np.array([count], dtype=np.float64) for count in (k, n, share))
        rate, low, high = (float(part[0]) for part in exact.final_rate_interval(*counts))
        row |= {"rate_realised": rate, "rate_realised_low": low, "rate_realised_high": high}
        row["sqls_per_week"] = rate * row["mqls_per_week"] if row["mqls_per_week"] is not None else None
        if why is None:
            row["is_inside"] = came_true(
                promised["rate"], promised["rate_low"], promised["rate_high"], k, n, share
            )
            row["is_in_band"] = bool(band.low <= rate <= band.high)
    return row | {"reason": why}


def _promised(suggestion: Mapping[str, Any], name: str, promise: str | None) -> Any:
    """The suggestion's number for what was in force; rate_after_low, p_in_band_now …"""
    if promise is None:
        return None
    stem, _, end = name.partition("_")
    column = f"rate_{promise}_{end}" if stem == "rate" and end else f"{name}_{promise}"
    return suggestion.get(column)


def _why_not(suggestion: Mapping[str, Any], stretch: Stretch, exposure: float, share: float) -> str | None:
    """Why what came can't be held against what was promised; None where it can."""
    lacking = suggestion.get("p_in_band_now") is None or suggestion.get("rate_now") is None
    if suggestion["status"] == "INSUFFICIENT_DATA" or lacking:
        return "Nothing was promised: there was too little data."
    if stretch.promise is None:
        return f"Nothing was promised for the threshold that was in force ({stretch.threshold:g})."
    if exposure < ENOUGH or share < MATURE:
        return "Too early: too few hand-offs under this threshold are old enough to tell."
    return None


def outcome_text(row: Mapping[str, Any]) -> str:
    """One sentence: what came, against what was promised."""
    if row["is_inside"] is None or pd.isna(row["is_inside"]):
        return str(row["reason"])
    verdict = "as promised" if row["is_inside"] else "not as promised"
    came = f"{row['rate_realised_low']:.1%}–{row['rate_realised_high']:.1%}"
    promised = f"{row['promised_rate_low']:.1%}–{row['promised_rate_high']:.1%}"
    lower = row.get("below_threshold") or 0
    below = f". {lower:,} hand-offs with lower scores are left out" if lower else ""
    return (
        f"{verdict}: {row['rate_realised']:.1%} expected final (90 %: {came}) of {row['handed_off_leads']:,} "
        f"hand-offs in {row['weeks']:.0f} weeks at {row['threshold']:g}, {row['sqls']:,} SQLs so far; "
        f"promised {row['promised_rate']:.1%} ({promised}). "
        f"A week {row['mqls_per_week']:.1f} MQLs and {row['sqls_per_week']:.1f} SQLs, "
        f"promised {row['promised_mqls_per_week']:.1f} and {row['promised_sqls_per_week']:.1f}{below}"
    )
