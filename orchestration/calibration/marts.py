"""What the calibration reads from the marts file (schema `marts`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from orchestration.calibration.inputs import CANDIDATE_WEEKS
from orchestration.mart_tables import read_frame

GLOBAL = "global"

# Hand-offs as they were known at the as-of. A conversion or closing that became known later is not known yet.
_HANDOFFS = """
select
    lead_id,
    peak_score as score,
    handed_off_at,
    case when coalesce(sql_known_at, sql_at) < $as_of then sql_at end as sql_at,
    case when coalesce(closed_known_at, closed_at) < $as_of then closed_at end as closed_at,
    coalesce(is_explored, false) as explored,
    channel,
    scoring_version,
    coalesce(qualified_by, 'not qualified') as qualified_by
from marts.fct_handoffs
where handed_off_at < $as_of
order by handed_off_at, handoff_id
"""

# Leads that could have qualified in the window, one row per lead and segment (stretch between resets).
# A scoring instant counts where the lead was eligible and reached both minimums; once it had become MQL
# inside the window, its later instants count for its highest score too. Segments with an earlier MQL are out.
_CANDIDATES = """
with episodes as (
    select lead_id, segment_number, min(mql_at) as mql_at
    from marts.fct_mql_episodes
    where mql_at < $as_of
    group by lead_id, segment_number
),
instants as (
    select
        i.lead_id,
        i.segment_number,
        i.scored_at,
        i.lead_score,
        i.scored_at >= $window_start as is_in_window,
        i.is_eligible
            and i.fit_score >= coalesce(i.min_fit, '-inf'::double) - 1e-9
            and i.engagement_score >= coalesce(i.min_engagement, '-inf'::double) - 1e-9 as could_qualify,
        coalesce(i.scored_at >= e.mql_at, false) as is_mql
    from marts.fct_lead_scores as i
    left join episodes as e using (lead_id, segment_number)
    where i.scored_at < $as_of
        and i.scoring_version is not distinct from $scoring_version
        and (e.mql_at is null or e.mql_at >= $window_start)
)
select
    i.lead_id,
    max(i.lead_score) filter (where i.is_in_window) as score,
    arg_max(i.scored_at, i.lead_score) filter (where i.is_in_window) as scored_at,
    max(i.lead_score) filter (where not i.is_in_window) as previous_score,
    any_value(d.channel) as channel
from instants as i
left join marts.dim_leads as d using (lead_id)
where i.could_qualify or i.is_mql
group by i.lead_id, i.segment_number
having count(*) filter (where i.is_in_window) > 0
order by i.lead_id, i.segment_number
"""

_AS_OF_EXPORT = """
select count(*) filter (score_is_as_of_export) as exported, count(*) as handoffs
from marts.fct_handoffs
where handed_off_at < $as_of
"""

_VERSION = "select max(scoring_version) from marts.fct_lead_scores where scored_at < $as_of"

_THRESHOLDS = """
select segment, threshold, effective_from, effective_to, accepted_by
from marts.mart_threshold_history
where effective_from is null or effective_from < $as_of
order by segment, effective_from nulls first
"""


@dataclass(frozen=True)
class Funnel:
    """What `suggest` needs, and what is said beside it.

    handed: judged or explored hand-offs; those of older scoring rules, whose scores mean something else,
    are delay_only. beside: hand-offs left out of the labels, by why (`path:<id>`, `not qualified`, `older
    scoring rules`) -> (hand-offs, SQLs so far). weekly_handoffs: recorded hand-offs a week over the last 8
    weeks, by path left out. threshold: in force for all (None: no row). channel_thresholds: in force for
    channels that have one of their own. accepted: whether a person ever accepted one for all.
    """

    handed: pd.DataFrame
    candidates: pd.DataFrame
    beside: Mapping[str, tuple[int, int]]
    weekly_handoffs: float
    threshold: float | None
    channel_thresholds: Mapping[str, float]
    accepted: bool


def _query(marts: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any]) -> pd.DataFrame:
    return read_frame(marts, sql, values, reader="the calibration")


def read_funnel(marts: duckdb.DuckDBPyConnection, as_of: pd.Timestamp) -> Funnel:
    """Read the marts as known before `as_of` (UTC, exclusive). Raises DataError where a table or column is
    missing.
    """
    window_start = as_of - pd.Timedelta(weeks=CANDIDATE_WEEKS)
    values: dict[str, Any] = {"as_of": as_of.to_pydatetime(), "window_start": window_start.to_pydatetime()}
    version = _query(marts, _VERSION, values).iloc[0, 0]
    values["scoring_version"] = None if pd.isna(version) else str(version)
    every = _query(marts, _HANDOFFS, values)
    judged = every["qualified_by"].isin(["score", "recorded"]) | every["explored"].astype(bool)
    current = every["scoring_version"].isna() | (every["scoring_version"] == version) | pd.isna(version)
    why = every["qualified_by"].where(~judged, "older scoring rules")[~(judged & current)]
    groups = every.loc[why.index, "sql_at"].groupby(why)
    history = _query(marts, _THRESHOLDS, values)
    in_force = history[history["effective_to"].isna() | (pd.to_datetime(history["effective_to"]) > as_of)]
    own = in_force.dropna(subset=["threshold"]).groupby("segment")["threshold"].last()
    by_segment = {str(segment): float(threshold) for segment, threshold in own.items()}
    by_path = every["qualified_by"].str.startswith("path:")
    recent = (every["handed_off_at"] >= window_start) & ~by_path & ~every["explored"].astype(bool)
    return Funnel(
        handed=every[judged].assign(delay_only=~current[judged]).reset_index(drop=True),
        candidates=_query(marts, _CANDIDATES, values),
        beside={str(name): (len(times), int(times.notna().sum())) for name, times in groups},
        weekly_handoffs=float(recent.sum()) / CANDIDATE_WEEKS,
        threshold=by_segment.pop(GLOBAL, None),
        channel_thresholds=by_segment,
        accepted=bool(history.loc[history["segment"] == GLOBAL, "accepted_by"].notna().any()),
    )


def scores_as_of_export(marts: duckdb.DuckDBPyConnection, as_of: pd.Timestamp) -> tuple[int, int]:
    """Hand-offs whose recorded score has no history: only that of the export is known; and all."""
    found = _query(marts, _AS_OF_EXPORT, {"as_of": as_of.to_pydatetime()}).iloc[0]
    return int(found["exported"]), int(found["handoffs"])
