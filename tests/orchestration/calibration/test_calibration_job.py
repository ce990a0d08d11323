"""The calibration job on small marts: what it reads, writes and records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from calibration_worlds import AS_OF, World, failures

from orchestration.calibration import CURVE_COLUMNS, SUGGESTION_COLUMNS, checks, ledger
from orchestration.calibration.channels import CHANNEL_COLUMNS
from orchestration.calibration.job import calibrate
from orchestration.errors import DataError
from orchestration.settings import Settings

DAY = date(2026, 5, 31)


def build_marts(marts: duckdb.DuckDBPyConnection, world: World, *, accepted_by: str | None = "Ann") -> None:
    """The tables the job reads, from a world in which each lead is scored once and handed off if high
    enough.
    """
    handed, _ = world.make()
    everyone, _ = World(**{**world.__dict__, "threshold": -1.0}).make()
    marts.execute("create schema marts")
    marts.register("handed_frame", handed)
    marts.register("everyone_frame", everyone)
    marts.execute("""
        create table marts.fct_handoffs as
        select
            lead_id || '-h1' as handoff_id, lead_id, 1 as segment_number,
            handed_off_at::timestamp as handed_off_at,
            'crm_mql_status' as evidence, lead_id || '-1' as mql_episode_id, 'score' as qualified_by,
            score as score_at_handoff, score as peak_score, 'initial' as scoring_version, 'web' as channel,
            false as is_explored, null::double as propensity, sql_at::timestamp as sql_at,
            closed_at::timestamp as closed_at, sql_at::timestamp as sql_known_at,
            closed_at::timestamp as closed_known_at,
            row_number() over (order by lead_id) <= 3 as score_is_as_of_export
        from handed_frame
    """)
    marts.execute("""
        create table marts.fct_lead_scores as
        select
            lead_id, 1 as segment_number, handed_off_at::timestamp as scored_at, 20.0::double as fit_score,
            score - 20.0 as engagement_score, score as lead_score, 45.0::double as threshold,
            1.0::double as min_fit,
            -100.0::double as min_engagement, 'initial' as scoring_version, true as is_eligible
        from everyone_frame
    """)
    marts.execute("""
        create table marts.fct_mql_episodes as
        select
            lead_id || '-1' as mql_episode_id, lead_id, 1 as segment_number,
            handed_off_at::timestamp as mql_at
        from handed_frame
    """)
    # lead_score also stands in dim_leads: the query once did not say which one it meant.
    marts.execute("""
        create table marts.dim_leads as
        select lead_id, 'web' as channel, 1.0 as lead_score, 1.0 as fit_score, 1.0 as engagement_score
        from everyone_frame
    """)
    marts.execute(
        """
        create table marts.mart_threshold_history as
        select 'global' as segment, ?::double as threshold, null::timestamp as effective_from,
            null::timestamp as effective_to, ?::varchar as accepted_by, null::varchar as suggestion_id
        """,
        [world.threshold, accepted_by],
    )


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_the_job_writes_both_tables_with_declared_types_and_passes_its_checks(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    found = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "decisions.jsonl")
    assert [s.segment for s in found] == ["global"]
    assert found[0].as_of == AS_OF
    for table, columns in (
        ("mart_threshold_curve", CURVE_COLUMNS),
        ("mart_threshold_suggestions", SUGGESTION_COLUMNS),
    ):
        described = marts.execute(f"describe marts.{table}").fetchall()
        assert {row[0]: row[1] for row in described} == columns
    curve = marts.table("marts.mart_threshold_curve").df()
    suggestions = marts.table("marts.mart_threshold_suggestions").df()
    assert len(suggestions) == 1
    assert failures(curve, suggestions) == []


def test_running_twice_records_a_suggestion_once(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    build_marts(marts, World(weeks=40))
    path = tmp_path / "decisions.jsonl"
    first = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=path)
    before = path.read_bytes()
    second = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=path)
    assert first[0] == second[0]
    assert path.read_bytes() == before


def test_without_write_nothing_is_written(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    build_marts(marts, World(weeks=40))
    calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False)
    assert not list(tmp_path.iterdir())
    tables = {name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()}
    assert not {"mart_threshold_curve", "mart_threshold_suggestions"} & tables


def test_until_a_threshold_is_accepted_the_current_one_reproduces_the_recorded_handoffs(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40, threshold=52.0), accepted_by=None)
    marts.execute("update marts.mart_threshold_history set threshold = 80")  # shipped, not theirs
    [found] = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl")
    assert found.status == "FIRST_RUN"
    assert found.current_threshold == pytest.approx(52, abs=1)
    weekly = marts.execute(
        "select count(*) / 8 from marts.fct_handoffs where handed_off_at >= ?::timestamp - interval 56 day",
        [AS_OF],
    ).fetchone()
    assert weekly is not None
    assert found.mqls_per_week_now == pytest.approx(weekly[0], rel=0.1)


def test_path_mqls_are_left_out_of_the_labels_and_reported_beside(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    [alone] = calibrate(
        marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False
    )
    marts.execute("""
        insert into marts.fct_handoffs
        select * replace (
            'p_' || lead_id as lead_id, 'path:demo' as qualified_by, handed_off_at + interval 1 day as sql_at,
            handed_off_at + interval 1 day as sql_known_at)
        from marts.fct_handoffs limit 70
    """)
    [beside] = calibrate(
        marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False
    )
    assert (beside.handed_off_leads, beside.sqls, beside.rate_now) == (
        alone.handed_off_leads,
        alone.sqls,
        alone.rate_now,
    )
    assert "70 hand-offs (path:demo) with 70 SQLs so far" in beside.reasons


def test_conversions_that_became_known_after_the_as_of_are_not_used(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    marts.execute("update marts.fct_handoffs set sql_known_at = '2026-06-02' where sql_at is not null")
    [found] = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl")
    assert found.sqls == 0


def test_leads_below_the_minimum_fit_and_leads_qualified_earlier_are_no_candidates(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    [usual] = calibrate(
        marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False
    )
    marts.execute("update marts.fct_lead_scores set min_fit = 30 where hash(lead_id) % 2 = 0")
    marts.execute("delete from marts.fct_mql_episodes where hash(lead_id) % 2 = 0")
    [strict] = calibrate(
        marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False
    )
    assert strict.mqls_per_week_now == pytest.approx(usual.mqls_per_week_now / 2, rel=0.15)
    marts.execute("update marts.fct_mql_episodes set mql_at = mql_at - interval 400 day")
    [none] = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False)
    assert none.mqls_per_week_now == 0


def test_empty_marts_give_insufficient_data_and_tables(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40), accepted_by=None)
    for table in ("fct_handoffs", "fct_lead_scores", "fct_mql_episodes", "dim_leads"):
        marts.execute(f"delete from marts.{table}")  # noqa: S608
    [found] = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl")
    assert found.status == "INSUFFICIENT_DATA"
    assert (found.p_in_band_now, found.p_in_band_after) == (None, None)
    assert found.suggested_threshold == found.current_threshold == 45
    curve = marts.table("marts.mart_threshold_curve").df()
    assert failures(curve, marts.table("marts.mart_threshold_suggestions").df()) == []
    assert np.isnan(curve["p_in_band"]).all()


def test_missing_marts_say_what_to_do(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="bandpass run"):
        calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl")


def test_the_suggestions_table_shows_earlier_suggestions_with_their_decision(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    path = tmp_path / "decisions.jsonl"
    [old] = calibrate(marts, as_of_day=date(2026, 5, 3), settings=Settings(), decisions=path)
    decision = {"kind": "decision", "suggestion_id": old.suggestion_id, "decision": "accepted"}
    who = {"decided_at": pd.Timestamp("2026-05-05 10:00"), "decided_by": "Ann", "decision_note": "ok"}
    ledger.append(path, [{**decision, **who}])
    calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=path)
    rows = marts.table("marts.mart_threshold_suggestions").df()
    assert rows["decision"].fillna("").tolist() == ["accepted", ""]
    assert rows["decided_at"].iloc[0] == pd.Timestamp("2026-05-05 10:00")
    calibrate(marts, as_of_day=date(2026, 5, 3), settings=Settings(), decisions=path)
    rebuilt = marts.table("marts.mart_threshold_suggestions").df()
    assert rebuilt["decision"].isna().all()  # not decided yet on 3 May, and the later suggestion not made
    assert len(rebuilt) == 1


def test_an_as_of_calibrated_again_under_earlier_settings_still_passes_its_checks(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The run of old settings adds no line, so the newest line of the ledger is not the one of the curve."""
    build_marts(marts, World(weeks=40))
    path = tmp_path / "decisions.jsonl"
    for settings in (Settings(), Settings(capacity_per_week=100), Settings()):
        calibrate(marts, as_of_day=DAY, settings=settings, decisions=path)
    curve = marts.table("marts.mart_threshold_curve").df()
    suggestions = marts.table("marts.mart_threshold_suggestions").df()
    assert len(suggestions) == 2
    assert failures(curve, suggestions) == []


def test_a_recorded_score_without_history_is_said_to_be_that_of_the_export(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    recorded = Settings(score_basis="recorded")
    [found] = calibrate(marts, as_of_day=DAY, settings=recorded, decisions=tmp_path / "d.jsonl", write=False)
    handoffs = len(marts.table("marts.fct_handoffs").fetchall())
    assert f"Of 3 of {handoffs} hand-offs it has no history: score as of the export." in found.reasons
    [by_rules] = calibrate(
        marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl", write=False
    )
    assert "as of the export" not in by_rules.reasons


def test_a_recorded_score_with_history_needs_no_warning(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    marts.execute("update marts.fct_handoffs set score_is_as_of_export = false")
    recorded = Settings(score_basis="recorded")
    [found] = calibrate(marts, as_of_day=DAY, settings=recorded, decisions=tmp_path / "d.jsonl", write=False)
    assert "the marketing system recorded" in found.reasons
    assert "as of the export" not in found.reasons


def test_channels_are_calibrated_beside_all_together_from_the_threshold_in_force_for_each(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    channel = "case hash(lead_id) % 4 when 0 then 'email' when 1 then null else 'web' end"
    for table in ("fct_handoffs", "dim_leads"):
        marts.execute(f"update marts.{table} set channel = {channel}")  # noqa: S608
    marts.execute("""
        insert into marts.mart_threshold_history values
        ('web', 48, null, '2026-03-01', 'Ann', null), ('web', 50.5, '2026-03-01', null, 'Ann', null),
        ('email', 47, null, '2026-04-01', 'Ann', null), ('email', null, '2026-04-01', null, 'Ann', null)
    """)
    path = tmp_path / "decisions.jsonl"
    found = calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=path)
    assert [(s.segment, s.current_threshold) for s in found] == [("global", 45), ("email", 45), ("web", 50.5)]
    assert "fits all 2 channels" in found[0].reasons
    described = marts.execute("describe marts.mart_threshold_channels").fetchall()
    assert {row[0]: row[1] for row in described} == CHANNEL_COLUMNS
    channels = marts.table("marts.mart_threshold_channels").df()
    suggestions = marts.table("marts.mart_threshold_suggestions").df()
    assert channels["suggestion_id"].tolist() == [s.suggestion_id for s in found[1:]]
    assert failures(marts.table("marts.mart_threshold_curve").df(), suggestions) == []
    assert checks.channels_agree_with_suggestions(channels, suggestions) == []
    before = path.read_bytes()
    assert calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=path) == found
    assert path.read_bytes() == before


def test_with_one_channel_its_table_exists_and_is_empty(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build_marts(marts, World(weeks=40))
    calibrate(marts, as_of_day=DAY, settings=Settings(), decisions=tmp_path / "d.jsonl")
    assert marts.table("marts.mart_threshold_channels").fetchall() == []
