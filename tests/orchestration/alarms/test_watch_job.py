"""The watch on small marts: what it reads, writes and knows when, and that alarms are recorded once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from alarm_worlds import draw_lags
from typer.testing import CliRunner

from orchestration.alarms.job import ALARM_COLUMNS, LEVEL, last_look, write_watch
from orchestration.alarms.outcomes import COLUMNS
from orchestration.calibration import ledger
from orchestration.cli import app
from orchestration.errors import DataError
from orchestration.reporting.tables import Marts
from orchestration.reporting.watch import find_watch, promises_text, raised_text
from orchestration.settings import Settings
from orchestration.workspace import Workspace

SUNDAY = date(2026, 5, 31)
END = pd.Timestamp("2026-06-01")
BEGAN = pd.Timestamp("2025-12-01")
SETTINGS = Settings()


def build(marts: duckdb.DuckDBPyConnection, *, rate: float, late_days: float = 0, seed: int = 1) -> None:
    """60 hand-offs a week for a year: 22 % until the threshold began, then `rate`. late_days: how much
    later than it happened an SQL became known.
    """
    rng = np.random.default_rng(seed)
    n = 60 * 52
    at = END - pd.to_timedelta(np.sort(rng.uniform(0, 364, n)), unit="D")
    final = rng.random(n) < np.where(at < BEGAN, 0.22, rate)
    sql_at = pd.Series(at + pd.to_timedelta(draw_lags(rng, n), unit="D")).where(final)
    frame = pd.DataFrame(
        {
            "handoff_id": [f"l_{i:05d}-h1" for i in range(n)],
            "lead_id": [f"l_{i:05d}" for i in range(n)],
            "handed_off_at": at,
            "sql_at": sql_at,
            "sql_known_at": sql_at + pd.Timedelta(days=late_days),
        }
    )
    marts.execute("create schema if not exists marts")
    marts.register("frame", frame)
    marts.execute("""
        create or replace table marts.fct_handoffs as
        select handoff_id, lead_id, 'web' as channel, 'score' as qualified_by, 70.0 as peak_score,
            handed_off_at::timestamp as handed_off_at, sql_at::timestamp as sql_at,
            sql_known_at::timestamp as sql_known_at, null::timestamp as closed_at,
            null::timestamp as closed_known_at, false as is_explored
        from frame
    """)
    marts.execute(
        """
        create or replace table marts.mart_threshold_history as
        select * from (values ('global', 55.0, null::timestamp, $began::timestamp, 'Ann', null),
                              ('global', 60.0, $began::timestamp, null::timestamp, 'Ann', 's0'))
            as h(segment, threshold, effective_from, effective_to, accepted_by, suggestion_id)
        """,
        {"began": BEGAN.to_pydatetime()},
    )


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def watch(marts: duckdb.DuckDBPyConnection, decisions: Path, day: date = SUNDAY) -> pd.DataFrame:
    write_watch(marts, as_of_day=day, settings=SETTINGS, decisions=decisions)
    return marts.table("marts.mart_calibration_alarms").df().set_index("alarm")


def promise(**values: object) -> dict[str, object]:
    """A suggestion of 1 March to keep 60."""
    row: dict[str, object] = {
        "kind": "suggestion", "suggestion_id": "s1", "as_of": pd.Timestamp("2026-03-02"), "segment": "global",
        "status": "HOLD", "current_threshold": 60.0, "suggested_threshold": 60.0, "equivalent_low": 58.0,
        "equivalent_high": 62.0, "is_identified": True, "marginal_rate": 0.1, "reasons": "Keep 60.",
    }  # fmt: skip
    for when in ("now", "after"):
        row |= {
            f"rate_{when}": 0.22, f"rate_{when}_low": 0.19, f"rate_{when}_high": 0.25,
            f"p_in_band_{when}": 0.98, f"mqls_per_week_{when}": 60.0, f"sqls_per_week_{when}": 13.2,
        }  # fmt: skip
    return row | values


def test_a_market_in_band_is_quiet_and_records_nothing(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build(marts, rate=0.22)
    rows = watch(marts, tmp_path / "d.jsonl")
    assert list(rows["state"]) == ["quiet", "quiet"]
    assert rows["since"].isna().all()
    level = rows.loc[LEVEL]
    assert level["value"] == pytest.approx(0.22, abs=0.03)
    assert level["value_low"] < level["value"] < level["value_high"]
    assert level["watched_from"] == BEGAN
    assert ledger.read(tmp_path / "d.jsonl").of("alarm") == []
    described = marts.execute("describe marts.mart_calibration_alarms").fetchall()
    assert {row[0]: row[1] for row in described} == ALARM_COLUMNS
    described = marts.execute("describe marts.mart_suggestion_outcomes").fetchall()
    assert {row[0]: row[1] for row in described} == COLUMNS
    found = find_watch(Marts(marts), SUNDAY, SETTINGS)
    assert found is not None
    assert (found.raised, found.quiet) == ((), "Weekly watch: no alarm.")


def test_a_rate_that_left_the_band_is_an_alarm_since_its_first_week_recorded_once(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build(marts, rate=0.06)
    decisions = tmp_path / "d.jsonl"
    row = watch(marts, decisions).loc[LEVEL]
    assert (row["state"], row["direction"]) == ("alarm", "below")
    assert row["statistic"] >= row["alarm_limit"] == 10
    assert BEGAN + pd.Timedelta(weeks=3) < row["since"] < BEGAN + pd.Timedelta(weeks=16)
    assert "has left the band of 15% to 30%: it is below it" in row["reason"]
    again = watch(marts, decisions, date(2026, 5, 24)).loc[LEVEL]
    assert again["since"] == row["since"], "a week earlier it had begun at the same time"
    watch(marts, decisions)
    [entry] = ledger.read(decisions).of("alarm")
    assert (entry["alarm"], entry["state"]) == (LEVEL, "alarm")
    assert pd.Timestamp(entry["since"]) == row["since"]
    found = find_watch(Marts(marts), SUNDAY, SETTINGS)
    assert found is not None
    [raised] = found.raised
    assert raised_text(raised).startswith("Alarm since ")
    assert raised.since is not None
    assert raised.since.weekday() == 6


def test_the_watch_knows_only_what_was_known_and_looks_on_sundays(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build(marts, rate=0.22)
    before = watch(marts, tmp_path / "d.jsonl").drop(columns="as_of")
    marts.execute(
        "update marts.fct_handoffs set sql_at = ?, sql_known_at = ? where sql_at is null", [END, END]
    )
    pd.testing.assert_frame_equal(watch(marts, tmp_path / "d.jsonl").drop(columns="as_of"), before)
    wednesday = watch(marts, tmp_path / "d.jsonl", date(2026, 6, 3)).drop(columns="as_of")
    pd.testing.assert_frame_equal(wednesday, before)
    assert [last_look(date(2026, 6, day)) for day in (6, 7, 8)] == [
        SUNDAY,
        date(2026, 6, 7),
        date(2026, 6, 7),
    ]


def test_without_hand_offs_it_says_that_there_is_too_little(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build(marts, rate=0.22)
    marts.execute("delete from marts.fct_handoffs")
    rows = watch(marts, tmp_path / "d.jsonl")
    assert list(rows["state"]) == ["too_little", "too_little"]
    assert rows["reason"].notna().all()
    found = find_watch(Marts(marts), SUNDAY, SETTINGS)
    assert found is not None
    assert "too few" in found.quiet


def test_marts_without_hand_offs_to_read_are_an_error(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="not what the watch reads"):
        watch(marts, tmp_path / "d.jsonl")


@pytest.mark.parametrize(("rate", "inside"), [(0.22, True), (0.06, False)])
def test_each_recorded_suggestion_gets_its_outcome(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path, rate: float, inside: bool
) -> None:
    build(marts, rate=rate)
    decisions = tmp_path / "d.jsonl"
    young = promise(suggestion_id="s2", as_of=pd.Timestamp("2026-05-25"))
    ledger.append(decisions, [promise(), young])
    watch(marts, decisions)
    rows = marts.table("marts.mart_suggestion_outcomes").df().set_index("suggestion_id")
    came = rows.loc["s1"]
    assert came["is_inside"] == inside
    assert (came["promise"], came["threshold"], came["weeks"]) == ("now", 60, pytest.approx(13))
    assert came["mqls_per_week"] == pytest.approx(60, abs=6)
    assert came["rate_realised"] == pytest.approx(rate, abs=0.04)
    assert pd.isna(rows.loc["s2", "is_inside"])
    assert rows.loc["s2", "reason"].startswith("Too early")
    said = promises_text(Marts(marts), SUNDAY, SETTINGS)
    assert said is not None
    assert said.startswith(f"Of 1 promise with enough data, {int(inside)} came true")


def test_hand_offs_below_the_threshold_were_not_promised_anything(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Sales was also given as many leads below the threshold, none of which converts."""
    build(marts, rate=0.22)
    marts.execute(
        """
        insert into marts.fct_handoffs
        select * replace (handoff_id || '-low' as handoff_id, lead_id || '-low' as lead_id,
            59.0 as peak_score, null as sql_at, null as sql_known_at)
        from marts.fct_handoffs
        """
    )
    decisions = tmp_path / "d.jsonl"
    ledger.append(decisions, [promise()])
    watch(marts, decisions)
    came = marts.table("marts.mart_suggestion_outcomes").df().iloc[0]
    assert came["is_inside"]
    assert came["mqls_per_week"] == pytest.approx(60, abs=6)
    assert came["below_threshold"] == round(came["mqls_per_week"] * came["weeks"])


def test_show_tells_the_outcome_that_is_published(tmp_path: Path) -> None:
    place = Workspace.at(tmp_path / "w")
    place.published.mkdir(parents=True)
    ledger.append(place.decisions, [promise()])
    with duckdb.connect(str(place.marts())) as marts:
        build(marts, rate=0.22)
        marts.execute("create table marts.mart_publication as select ?::date as as_of", [SUNDAY])
        watch(marts, place.decisions)
    done = CliRunner().invoke(
        app, ["thresholds", "show", "s1", "--workspace", str(place.root)], env={"COLUMNS": "200"}
    )
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "as promised: 2" in said
    assert "promised 22.0% (19.0%–25.0%)" in said
