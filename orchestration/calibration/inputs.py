"""From the caller's data frames to clean, sorted arrays as known at the as-of; nothing is dropped
uncounted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from orchestration.calibration.instants import local_midnight, microseconds
from orchestration.calibration.model import Flags, Floats, Ints
from orchestration.errors import UsageError

DAY = 86_400_000_000  # microseconds
CANDIDATE_WEEKS = 8
NEVER = np.iinfo(np.int64).max
LARGEST_SCORE = 1e12
"""What lies beyond is no score: its steps would not be numbers any more."""


@dataclass(frozen=True)
class HandOffs:
    """Hand-offs known at the as-of, oldest first; arrays of one length n.

    age: days from hand-off to as-of (> 0). lag: days from hand-off to SQL, inf where none is known (or the
    lead was closed first). cluster: lead number; hand-offs of one lead share it. channel: position in
    `channels` (sorted names), -1 where none is known. notes: what was left out, in plain words.
    """

    score: Floats
    age: Floats
    lag: Floats
    explored: Flags
    delay_only: Flags
    cluster: Ints
    channel: Ints
    channels: tuple[str, ...]
    notes: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Candidates:
    """Leads that could have qualified in the last 8 weeks.

    score: highest score in the window. previous: highest score before it (-inf: none known), so that a lead
    crosses a threshold t for the first time in the window where previous < t <= score. channel: position in
    `channels` (sorted names), -1 where none is known. weeks: length of the window.
    """

    score: Floats
    previous: Floats
    channel: Ints
    channels: tuple[str, ...]
    weeks: float
    notes: tuple[str, ...]
    digest: str


def _column(frame: pd.DataFrame, name: str, *, required: bool) -> pd.Series | None:
    if name in frame.columns:
        return cast("pd.Series", frame[name])
    if required and len(frame):
        raise UsageError(
            f"The column {name} is missing", where=", ".join(map(str, frame.columns)), fix=f"add {name}."
        )
    return None


def _times(frame: pd.DataFrame, name: str, *, required: bool) -> Ints:
    """Microseconds since 1970 UTC; NEVER where empty or unreadable."""
    column = _column(frame, name, required=required)
    if column is None:
        return np.full(len(frame), NEVER, dtype=np.int64)
    parsed = pd.to_datetime(column.reset_index(drop=True), utc=True, errors="coerce").dt.tz_localize(None)
    stamps = parsed.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(stamps), NEVER, stamps.astype(np.int64))


def _numbers(frame: pd.DataFrame, name: str, *, required: bool, missing: float = np.nan) -> Floats:
    column = _column(frame, name, required=required)
    if column is None:
        return np.full(len(frame), missing)
    values = pd.to_numeric(column.reset_index(drop=True), errors="coerce").to_numpy(
        dtype=np.float64, na_value=np.nan
    )
    return np.where(np.isnan(values), missing, values)


def _scores(frame: pd.DataFrame, name: str, *, required: bool = True, missing: float = np.nan) -> Floats:
    """Scores to six decimals: the last digits of a sum depend on the order of its parts, advice must not."""
    values = _numbers(frame, name, required=required, missing=missing)
    with np.errstate(over="ignore"):  # what is too large is left out later, with a note
        return np.round(values, 6)


def _flags(frame: pd.DataFrame, name: str) -> Flags:
    """True where the optional column says so; empty is False."""
    column = _column(frame, name, required=False)
    if column is None:
        return np.zeros(len(frame), dtype=bool)
    flags: Flags = column.reset_index(drop=True).astype("boolean").fillna(False).to_numpy(dtype=bool)
    return flags


def _clusters(frame: pd.DataFrame) -> tuple[Ints, Any]:
    """A number per lead, in the order of their ids; rows without id are leads of their own."""
    column = _column(frame, "lead_id", required=False)
    if column is None:
        return np.arange(len(frame), dtype=np.int64), np.zeros(len(frame), dtype=bool)
    empty = column.isna().to_numpy()
    codes, _ = pd.factorize(column.astype(str).to_numpy(dtype=object), sort=True)
    return np.where(empty, len(frame) + np.arange(len(frame)), codes).astype(np.int64), ~empty


def _channels(frame: pd.DataFrame) -> tuple[Ints, tuple[str, ...]]:
    """(position in the names or -1, sorted names) of the optional column."""
    column = _column(frame, "channel", required=False)
    if column is None or column.isna().all():
        return np.full(len(frame), -1, dtype=np.int64), ()
    texts = column.astype(object).map(str, na_action="ignore").to_numpy(dtype=object)
    codes, names = pd.factorize(texts, sort=True)
    return codes.astype(np.int64), tuple(names)


def _digest(*arrays: Any) -> str:
    summary = hashlib.sha256()
    for array in arrays:
        summary.update(np.ascontiguousarray(array).tobytes())
    return summary.hexdigest()


def _many(count: int, what: str) -> tuple[str, ...]:
    return (f"{count} {what}",) if count else ()


def clean_handoffs(frame: pd.DataFrame, as_of: pd.Timestamp, zone: ZoneInfo, history_days: int) -> HandOffs:
    """The hand-offs of the last `history_days` days as known before `as_of` (UTC, exclusive).

    An SQL or closing at or after the as-of is not yet known. A lead closed (disqualified, recycled) before
    its SQL counts as closed; at one instant SQL wins. An SQL before the hand-off is left out and counted. A
    date-only value (00:00) of the hand-off's own day is not before it (reference/semantics.md, Time).
    """
    now = microseconds(as_of)
    score = _scores(frame, "score")
    handed = _times(frame, "handed_off_at", required=True)
    sql = _times(frame, "sql_at", required=True)
    closed = _times(frame, "closed_at", required=False)
    explored, delay_only = _flags(frame, "explored"), _flags(frame, "delay_only")
    cluster, has_id = _clusters(frame)
    channel, channels = _channels(frame)

    sql, closed = np.where(sql < now, sql, NEVER), np.where(closed < now, closed, NEVER)
    usable = (np.abs(score) <= LARGEST_SCORE) & (handed != NEVER)
    unreadable = int((~usable).sum())
    future = usable & (handed >= now)
    old = usable & (handed < now - history_days * DAY)
    keep = usable & ~future & ~old
    midnight = np.full(len(frame), NEVER, dtype=np.int64)
    midnight[keep] = local_midnight(handed[keep], zone)
    sql = np.where(sql == midnight, np.maximum(sql, handed), sql)
    closed = np.where(closed == midnight, np.maximum(closed, handed), closed)
    early = keep & (sql < handed)
    keep &= ~early
    closed = np.where(closed < handed, NEVER, closed)  # closes an earlier stretch of the lead
    same_day_close = (closed % DAY == 0) & (sql // DAY == closed // DAY)
    sql = np.where((closed < sql) & ~same_day_close, NEVER, sql)

    keys = (channel, delay_only, explored, closed, cluster, -np.where(keep, score, 0.0), sql, handed)
    order = np.lexsort(keys)
    order = order[keep[order]]
    pairs = pd.DataFrame({"lead": cluster[order], "at": handed[order]})
    again = pairs.duplicated().to_numpy() & has_id[order]
    order = order[~again]

    lag = np.where(sql[order] == NEVER, np.inf, (sql[order] - handed[order]) / DAY)
    cluster = pd.factorize(cluster[order])[0].astype(np.int64)
    notes = (
        _many(unreadable, "hand-offs without a score or time were left out.")
        + _many(int(future.sum()), "hand-offs after the as-of were left out.")
        + _many(int(early.sum()), "hand-offs whose SQL came before the hand-off were left out.")
        + _many(int(again.sum()), "repeated rows of one hand-off were left out.")
    )
    return HandOffs(
        score=score[order],
        age=(now - handed[order]) / DAY,
        lag=lag,
        explored=explored[order],
        delay_only=delay_only[order],
        cluster=cluster,
        channel=channel[order],
        channels=channels,
        notes=notes,
        digest=_digest(
            score[order],
            handed[order],
            sql[order],
            closed[order],
            explored[order],
            delay_only[order],
            cluster,
        ),
    )


def clean_candidates(frame: pd.DataFrame, as_of: pd.Timestamp, oldest_handoff_days: float) -> Candidates:
    """The candidates scored in the 8 weeks before `as_of`; the window is shorter where the data began later.

    The optional column previous_score is the lead's highest score before the window.
    """
    now = microseconds(as_of)
    score = _scores(frame, "score")
    at = _times(frame, "scored_at", required=True)
    previous = _scores(frame, "previous_score", required=False, missing=-np.inf)
    channel, channels = _channels(frame)
    usable = (np.abs(score) <= LARGEST_SCORE) & (at != NEVER)
    inside = usable & (at < now) & (at >= now - CANDIDATE_WEEKS * 7 * DAY)
    order = np.lexsort((channel, previous, at, np.where(usable, score, 0.0)))
    order = order[inside[order]]
    oldest = oldest_handoff_days
    if order.size:
        oldest = max(oldest, float((now - at[order].min()) / DAY))
    return Candidates(
        score=score[order],
        previous=previous[order],
        channel=channel[order],
        channels=channels,
        weeks=float(np.clip(oldest / 7, 1, CANDIDATE_WEEKS)),
        notes=_many(int((~usable).sum()), "candidates without a score or time were left out."),
        digest=_digest(score[order], previous[order], at[order]),
    )
