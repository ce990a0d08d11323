"""The site's own history: what logged hand-offs can tell, nothing from the future."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.backtest.history import Site, replay, site_score
from orchestration.backtest.worlds import START, HandOffLog, Plan, World
from orchestration.settings import CalibrationSettings, Settings

QUICK = Settings(calibration=CalibrationSettings(draws=20))
WEEKS = 60


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def build_marts(marts: duckdb.DuckDBPyConnection, weeks: int = WEEKS, threshold: float = 34) -> pd.Timestamp:
    """The tables the replay reads, of a world with moving scores; returns the as-of."""
    world = World(Plan("calm", 60, True, 2, drift=0.0))
    log = HandOffLog(world)
    for _ in range(weeks):
        log.run_week(threshold)
    known = log.known()
    scores = pd.DataFrame({"lead_id": np.repeat(np.arange(world.born.size), world.at.shape[1])})
    flat = world.at.ravel()
    scores["scored_at"] = START + pd.to_timedelta(np.where(np.isfinite(flat), flat, np.nan), unit="D")
    scores["lead_score"] = world.score.ravel()
    scores = scores[np.isfinite(flat) & (flat < 7 * weeks)]
    at_handoff = log.known("at hand-off").handed["score"]
    handed = known.handed.assign(score_at_handoff=at_handoff)
    marts.register("handed", handed)
    marts.register("scores", scores)
    marts.execute("""
        create schema marts;
        create table marts.fct_handoffs as
        select
            lead_id::varchar || '-h1' as handoff_id, lead_id::varchar as lead_id, 1 as segment_number,
            handed_off_at::timestamp as handed_off_at, 'score' as qualified_by, score as peak_score,
            score_at_handoff, 'initial' as scoring_version, 'web' as channel, false as is_explored,
            sql_at::timestamp as sql_at, closed_at::timestamp as closed_at,
            sql_at::timestamp as sql_known_at, closed_at::timestamp as closed_known_at
        from handed;
        create table marts.fct_lead_scores as
        select
            lead_id::varchar as lead_id, 1 as segment_number, scored_at::timestamp as scored_at, lead_score,
            lead_score as fit_score, lead_score as engagement_score, 0.0 as min_fit, 0.0 as min_engagement,
            'initial' as scoring_version, true as is_eligible
        from scores;
        create table marts.fct_mql_episodes as
        select lead_id, segment_number, handed_off_at as mql_at from marts.fct_handoffs;
        create table marts.dim_leads as select distinct lead_id, 'web' as channel from marts.fct_lead_scores
    """)
    marts.execute(
        """
        create table marts.mart_threshold_history as
        select 'global' as segment, ?::double as threshold, null::timestamp as effective_from,
            null::timestamp as effective_to, 'Ann' as accepted_by
        """,
        [threshold],
    )
    return known.as_of


@pytest.fixture(scope="module")
def replayed() -> Iterator[tuple[duckdb.DuckDBPyConnection, pd.Timestamp, Site]]:
    with duckdb.connect() as connection:
        as_of = build_marts(connection)
        yield connection, as_of, replay(connection, as_of, QUICK)


Replayed = tuple[duckdb.DuckDBPyConnection, pd.Timestamp, Site]


def test_the_policy_that_was_in_force_is_told_exactly(replayed: Replayed) -> None:
    marts, _, site = replayed
    fixed = [period for period in site.periods if period.policy == "fixed"]
    assert site.why_not is None
    assert len(fixed) >= 6
    assert all(p.rate_low == p.rate_high and p.threshold == p.logged == 34 for p in fixed)
    assert all(p.rate_low == pytest.approx(p.sqls / p.worked) for p in fixed)
    score = site_score(fixed)
    assert score.told == score.periods
    assert score.changes_per_year == 0
    row = marts.execute(
        "select count(*), count(sql_at) from marts.fct_handoffs "
        "where handed_off_at >= ? and handed_off_at < ?",
        [fixed[0].starts.to_pydatetime(), (fixed[-1].starts + pd.Timedelta(days=28)).to_pydatetime()],
    ).fetchone()
    assert row is not None
    assert (sum(p.worked for p in fixed), sum(p.sqls for p in fixed)) == row


def test_only_final_periods_are_judged(replayed: Replayed) -> None:
    _, as_of, site = replayed
    last = max(period.starts for period in site.periods)
    assert as_of - (last + pd.Timedelta(days=28)) >= pd.Timedelta(days=90)


def test_lower_thresholds_have_bounds_and_higher_ones_a_number(replayed: Replayed) -> None:
    periods = replayed[2].periods
    lower = [p for p in periods if p.threshold < p.logged]
    higher = [p for p in periods if p.threshold > p.logged]
    assert lower
    assert higher
    for p in lower:
        assert p.rate_low is not None
        assert p.rate_high is not None
        assert p.rate_low < p.rate_high
        assert p.verdict != "in band" or (p.rate_low >= 0.15 and p.rate_high <= 0.30)
    assert all(p.rate_low == p.rate_high for p in higher)


def test_no_oracle_on_a_site(replayed: Replayed) -> None:
    assert {period.policy for period in replayed[2].periods} == {
        "fixed",
        "naive_raw",
        "naive_matured",
        "bandpass",
    }


def test_what_came_after_a_decision_does_not_change_it(
    marts: duckdb.DuckDBPyConnection, replayed: Replayed
) -> None:
    as_of, before = build_marts(marts), replayed[2].periods
    day = before[2].starts
    marts.execute(
        "update marts.fct_handoffs set peak_score = 99, sql_at = null where handed_off_at >= ?",
        [day.to_pydatetime()],
    )
    marts.execute(
        "update marts.fct_handoffs set peak_score = 99 where handed_off_at + interval 60 day >= ? "
        "and handoff_id in (select handoff_id from marts.fct_handoffs as h join marts.fct_lead_scores as s "
        "on h.lead_id = s.lead_id and s.scored_at >= ? and s.scored_at > h.handed_off_at)",
        [day.to_pydatetime(), day.to_pydatetime()],
    )
    after = replay(marts, as_of, QUICK).periods
    for policy in ("naive_raw", "naive_matured", "bandpass"):
        was, now = ([p for p in found if p.policy == policy][:3] for found in (before, after))
        assert [(p.threshold, p.stated) for p in was] == [(p.threshold, p.stated) for p in now]


def test_a_short_history_is_said_so_once(marts: duckdb.DuckDBPyConnection) -> None:
    site = replay(marts, build_marts(marts, weeks=20), QUICK)
    assert site.periods == ()
    assert site.why_not == (
        "The site's own history is too short to replay: 19 weeks of hand-offs by score, "
        "at least 38 are needed."
    )
