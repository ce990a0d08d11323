"""The same policies on the site's own hand-offs, as they were known on each past date.

What logged data can tell: a threshold at or above the one that was in force. Below it only bounds exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

from orchestration.backtest.policies import POLICIES, Decision, Known
from orchestration.calibration.job import threshold_for_volume
from orchestration.calibration.marts import Funnel, read_funnel
from orchestration.settings import Band, Settings

EVERY_DAYS = 28
LEARN_DAYS = 91  # of hand-offs before the first decision
FEWEST_PERIODS = 3
JUDGED = ("score", "recorded")

Verdict = Literal["in band", "below", "above", "not told"]

# The peak of the mart may come from later than the past date: only instants before it count here.
_SCORES = """
select
    h.lead_id,
    h.handed_off_at,
    least(h.peak_score, coalesce(max(s.lead_score), h.score_at_handoff)) as known_score
from marts.fct_handoffs as h
left join marts.fct_lead_scores as s
    on h.lead_id = s.lead_id
    and h.segment_number = s.segment_number
    and s.scored_at >= h.handed_off_at
    and s.scored_at < least(
        $as_of,
        h.handed_off_at + to_days($horizon),
        coalesce(h.sql_at, h.closed_at, 'infinity'::timestamp),
        coalesce(h.closed_at, 'infinity'::timestamp)
    )
where h.handed_off_at < $as_of
group by h.handoff_id, h.lead_id, h.handed_off_at, h.peak_score, h.score_at_handoff
order by h.handoff_id
"""

_FIRST = "select min(handed_off_at) from marts.fct_handoffs where qualified_by in ('score', 'recorded')"


@dataclass(frozen=True)
class Period:
    """Four weeks under one policy. threshold: what the policy would have set; logged: what was in force.
    worked, sqls: hand-offs and SQLs of the four weeks at the policy's threshold; below the logged one,
    worked counts the leads that would have been handed over too, and sqls those that are known. rate_low,
    rate_high: bounds of the final rate, equal where the data tell it.
    """

    policy: str
    starts: pd.Timestamp
    threshold: float
    logged: float
    worked: float
    sqls: float
    rate_low: float | None
    rate_high: float | None
    verdict: Verdict
    stated: float | None


@dataclass(frozen=True)
class SiteScore:
    """A policy on the site's history. Shares are of the four-week periods that the data can tell (`told`
    of `periods`), by their final rate; the rest is not evaluable.
    """

    periods: int
    told: int
    in_band: float | None
    below: float | None
    above: float | None
    sqls_per_week: float
    worked_per_week: float
    changes_per_year: float
    stated_in_band: float | None
    realised_in_band: float | None


@dataclass(frozen=True)
class Site:
    """periods: of all policies, in order of policy and time; empty where `why_not` says why."""

    periods: tuple[Period, ...]
    why_not: str | None


def _rows(marts: duckdb.DuckDBPyConnection, sql: str, as_of: pd.Timestamp, horizon: int) -> pd.DataFrame:
    return marts.execute(sql, {"as_of": as_of.to_pydatetime(), "horizon": horizon}).df()


def _known(marts: duckdb.DuckDBPyConnection, funnel: Funnel, day: pd.Timestamp, settings: Settings) -> Known:
    """The funnel's frames with the scores of hand-offs as they stood on the day."""
    scores = _rows(marts, _SCORES, day, settings.horizon_days.mql_to_sql)
    handed = funnel.handed.merge(scores, on=["lead_id", "handed_off_at"], how="left", validate="m:1")
    return Known(handed.assign(score=handed["known_score"]), funnel.candidates, day)


def _in_force(funnel: Funnel, day: pd.Timestamp) -> float | None:
    """The accepted threshold; before one was accepted, what reproduces the recorded hand-offs."""
    if funnel.accepted:
        return funnel.threshold
    found = threshold_for_volume(funnel.candidates, day, funnel.weekly_handoffs)
    return funnel.threshold if found is None else found


def _verdict(low: float, high: float, band: Band) -> Verdict:
    if high < band.low:
        return "below"
    if low > band.high:
        return "above"
    return "in band" if low >= band.low and high <= band.high else "not told"


@dataclass(frozen=True)
class _Stretch:
    """One decision date: what was known then, and what came in the four weeks after."""

    known: Known
    logged: float
    came: pd.DataFrame
    candidates: pd.DataFrame

    def judge(self, policy: str, made: Decision, settings: Settings) -> Period:
        reached = self.came[self.came["score"] >= made.threshold - 1e-9]
        handed, sqls = len(reached), int(reached["won"].sum())
        extra = self._not_handed(made.threshold)
        worked = handed + extra
        low = high = None
        verdict: Verdict = "not told"
        if handed:
            # Scores are taken to be ordered: who was not handed over converts no better than who was.
            low, high = sqls / worked, sqls / handed
            verdict = _verdict(low, high, settings.band)
        return Period(
            policy,
            self.known.as_of,
            made.threshold,
            self.logged,
            worked,
            sqls,
            low,
            high,
            verdict,
            made.stated,
        )

    def _not_handed(self, threshold: float) -> float:
        """Leads of four weeks (mean of eight) that reach the threshold for the first time, but not the logged
        one.
        """
        if threshold >= self.logged:
            return 0.0
        score, before = self.candidates["score"], self.candidates["previous_score"]
        fresh = (score >= threshold) & (score < self.logged) & ~(before >= threshold)
        return float(fresh.sum()) / 2


def _stretches(
    marts: duckdb.DuckDBPyConnection, days: Sequence[pd.Timestamp], as_of: pd.Timestamp, settings: Settings
) -> list[_Stretch]:
    final = read_funnel(marts, as_of).handed
    final = final[final["qualified_by"].isin(JUDGED) & ~final["explored"].astype(bool)]
    lag = final["sql_at"] - final["handed_off_at"]
    closed_first = final["closed_at"].notna() & (final["closed_at"] < final["sql_at"])
    won = (lag <= pd.Timedelta(days=settings.horizon_days.mql_to_sql)) & ~closed_first
    final = final.assign(won=won)
    found = []
    for day in days:
        funnel = read_funnel(marts, day)
        logged = _in_force(funnel, day)
        if logged is None or not len(funnel.handed):
            continue
        end = day + pd.Timedelta(days=EVERY_DAYS)
        came = final[(final["handed_off_at"] >= day) & (final["handed_off_at"] < end)]
        known = _known(marts, funnel, day, settings)
        found.append(_Stretch(known, logged, came, read_funnel(marts, end).candidates))
    return found


def replay(marts: duckdb.DuckDBPyConnection, as_of: pd.Timestamp, settings: Settings) -> Site:
    """Every four weeks of the published history whose final rates are known (as_of: UTC, exclusive), each
    policy decides on what was known that day, starting from the threshold then in force.
    """
    first = marts.execute(_FIRST).fetchone()
    began = pd.Timestamp(first[0]) if first and first[0] is not None else None
    horizon = settings.horizon_days.mql_to_sql
    days: list[pd.Timestamp] = []
    if began is not None:
        day = as_of - pd.Timedelta(days=horizon + EVERY_DAYS)
        while day >= began + pd.Timedelta(days=LEARN_DAYS):
            days.insert(0, day)
            day -= pd.Timedelta(days=EVERY_DAYS)
    stretches = _stretches(marts, days, as_of, settings) if len(days) >= FEWEST_PERIODS else []
    if len(stretches) < FEWEST_PERIODS:
        needed = (LEARN_DAYS + horizon + FEWEST_PERIODS * EVERY_DAYS + 6) // 7
        has = 0 if began is None else max((as_of - began).days, 0) // 7
        why = (
            f"The site's own history is too short to replay: {has} weeks of hand-offs by score, "
            f"at least {needed} are needed."
        )
        return Site((), why)
    periods = []
    for name, policy in POLICIES.items():
        threshold = stretches[0].logged
        for stretch in stretches:
            made = policy(stretch.known, threshold, settings)
            threshold = made.threshold
            periods.append(stretch.judge(name, made, settings))
    return Site(tuple(periods), None)


def site_score(periods: Sequence[Period]) -> SiteScore:
    """The measures of one policy over its periods."""
    told = [p for p in periods if p.verdict != "not told"]
    weeks = len(periods) * EVERY_DAYS / 7

    def share(verdict: Verdict) -> float | None:
        return sum(p.verdict == verdict for p in told) / len(told) if told else None

    promised = [(p.stated, p.verdict == "in band") for p in told if p.stated is not None]
    thresholds = [periods[0].logged, *(p.threshold for p in periods)]
    return SiteScore(
        periods=len(periods),
        told=len(told),
        in_band=share("in band"),
        below=share("below"),
        above=share("above"),
        sqls_per_week=sum(p.sqls for p in periods) / weeks,
        worked_per_week=sum(p.worked for p in periods) / weeks,
        changes_per_year=int(np.count_nonzero(np.diff(thresholds))) / weeks * 52,
        stated_in_band=float(np.mean([stated for stated, _ in promised])) if promised else None,
        realised_in_band=float(np.mean([kept for _, kept in promised])) if promised else None,
    )
