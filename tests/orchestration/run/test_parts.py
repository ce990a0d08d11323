"""The small pure functions of the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration.asof import choose_as_of, end_of_day, is_older, parse_day
from orchestration.basis import with_basis
from orchestration.dbt import (
    build_arguments,
    build_failure,
    dbt_environment,
    dbt_vars,
    environment,
    read_results,
)
from orchestration.errors import DataError, UsageError
from orchestration.fingerprint import list_extracts, listing_digest
from orchestration.locking import WorkspaceBusyError, run_lock
from orchestration.quarantine import as_csv, neutral, too_much_refused
from orchestration.run import bandpass_error
from orchestration.settings import Settings, load_settings
from orchestration.summary import describe_warnings, rule_warnings
from orchestration.triggers import next_cursor
from orchestration.workspace import REPOSITORY, Workspace, iso_week, seed_files, settings_in_effect


def utc(text: str) -> datetime:
    """As DuckDB gives it: UTC without saying so."""
    return datetime.fromisoformat(text)


UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
RECORDS = (utc("2026-01-05T10:00"), utc("2026-01-31T23:30"))


def test_the_day_of_the_newest_record_counts_in_the_reporting_zone() -> None:
    assert choose_as_of(None, None, RECORDS, UTC_ZONE) == date(2026, 1, 31)
    assert choose_as_of(None, None, RECORDS, BERLIN) == date(2026, 2, 1)


def test_the_day_asked_for_beats_the_mapping_and_the_mapping_the_records() -> None:
    asked, mapped = date(2026, 1, 20), date(2026, 1, 25)
    assert choose_as_of(asked, mapped, RECORDS, UTC_ZONE) == asked
    assert choose_as_of(None, mapped, RECORDS, UTC_ZONE) == mapped


def test_a_day_before_the_first_record_and_no_record_at_all_are_errors() -> None:
    with pytest.raises(UsageError, match="before the first record"):
        choose_as_of(date(2026, 1, 4), None, RECORDS, UTC_ZONE)
    with pytest.raises(DataError, match="no record"):
        choose_as_of(None, None, None, UTC_ZONE)


def test_a_day_ends_at_local_midnight_also_when_the_clock_changes() -> None:
    assert end_of_day(date(2026, 3, 28), BERLIN) == utc("2026-03-28T23:00")
    assert end_of_day(date(2026, 3, 29), BERLIN) == utc("2026-03-29T22:00")


def test_only_an_earlier_day_than_the_published_one_is_old() -> None:
    day = date(2026, 1, 31)
    assert is_older(date(2026, 1, 30), day)
    assert not is_older(day, day)
    assert not is_older(day, None)


def test_a_day_that_is_none_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="not a day"):
        parse_day("31.01.2026", "--as-of")


def test_weeks_are_iso_weeks_of_the_iso_year() -> None:
    assert iso_week(date(2026, 1, 31)) == "2026-W05"
    assert iso_week(date(2027, 1, 1)) == "2026-W53"


@pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-5", "@cmd", "\t=1", "\r=1"])
def test_no_spreadsheet_takes_a_quarantined_cell_for_a_formula(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are_and_quotes_and_lines_survive_the_csv() -> None:
    assert neutral("a=b") == "a=b"
    assert neutral(None) == ""
    assert '"say ""hi""\nthere"' in as_csv([["f.csv", 2, 1, "c", "r", 'say "hi"\nthere']])


def test_exactly_the_allowed_share_of_refused_records_passes() -> None:
    assert too_much_refused(100, 5, 0.05, Path("q")) is None
    assert too_much_refused(0, 0, 0.05, Path("q")) is None
    problem = too_much_refused(100, 6, 0.05, Path("q"))
    assert problem is not None
    assert "6 of 100" in problem.what


def test_the_decided_basis_replaces_one_line_and_keeps_every_comment(tmp_path: Path) -> None:
    text = (REPOSITORY / "bandpass.yml").read_text()
    decided = with_basis(text, "recorded")
    changed = [
        pair for pair in zip(text.splitlines(), decided.splitlines(), strict=True) if len(set(pair)) > 1
    ]
    assert len(changed) == 1
    (tmp_path / "bandpass.yml").write_text(decided)
    assert load_settings(tmp_path / "bandpass.yml").mql_basis == "recorded"
    (tmp_path / "bandpass.yml").write_text(with_basis("time_zone: UTC", "scored"))
    assert load_settings(tmp_path / "bandpass.yml") == Settings(mql_basis="scored")


def test_dbt_gets_every_declared_variable_and_no_unit_tests() -> None:
    arguments = build_arguments(Settings(), date(2026, 1, 31))
    assert arguments[:3] == ["build", "--exclude-resource-type", "unit_test"]
    declared = json.loads(arguments[4])
    assert declared == dbt_vars(Settings(), date(2026, 1, 31))
    text = (REPOSITORY / "dbt_project" / "dbt_project.yml").read_text()
    assert all(f"  {name}:" in text for name in declared)


def test_environment_variables_are_put_back(tmp_path: Path) -> None:
    paths = {name: tmp_path / name for name in ("warehouse", "marts", "seeds", "target")}
    before = dict(os.environ)
    with environment(dbt_environment(**paths)):
        assert os.environ["BANDPASS_MARTS"] == str(tmp_path / "marts")
    assert dict(os.environ) == before


def test_results_of_dbt_name_what_failed(tmp_path: Path) -> None:
    results = [
        {"unique_id": "model.bandpass.dim_leads", "status": "success", "message": "OK"},
        {"unique_id": "test.bandpass.unique_leads.abc", "status": "fail", "message": "Got 2 results\n\nmore"},
        {"unique_id": "test.bandpass.warned.abc", "status": "warn", "message": "Got 1 result"},
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results, "elapsed_time": 1.5}))
    result = read_results(tmp_path)
    assert result is not None
    assert (result.built, result.failed, result.warned) == (1, ("unique_leads",), ("warned",))
    assert result.messages == ("unique_leads: Got 2 results more",)
    assert read_results(tmp_path / "nowhere") is None


def test_a_failed_test_whose_rows_say_what_is_wrong_is_quoted_and_goes_first(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute("create table wrong as select 'rules.csv, x: bad' as problem, 'mend it' as fix")
    broken = {"unique_id": "model.bandpass.scores", "status": "error", "message": "Broken"}
    counting = {"unique_id": "test.bandpass.a", "status": "fail", "message": "Got 1 result"}
    results = [
        broken,
        counting | {"compiled_code": "select 1 as something_else"},
        counting | {"compiled_code": "-- rows say it\nselect * from wrong"},
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results, "elapsed_time": 1.5}))
    result = read_results(tmp_path, tmp_path / "warehouse.duckdb")
    assert result is not None
    assert result.messages == ("rules.csv, x: bad (mend it)", "scores: Broken", "a: Got 1 result")
    assert "rules.csv, x: bad (mend it)" in str(build_failure(result, tmp_path / "dbt.log"))


def test_the_summary_shows_three_warnings_of_the_rule_check_and_counts_the_others() -> None:
    def described(warnings: int) -> list[tuple[str, str]]:
        with duckdb.connect() as marts:
            marts.execute(
                "create schema marts; create table marts.mart_rule_checks as"
                " select 'never_fires' as check_id, 'warning' as severity, 'rule_' || i as rule_id,"
                "     '[b]never' || chr(10) || 'fires' as message, 'End it.' as fix"
                " from range(?) as rules (i)",
                [warnings],
            )
            return describe_warnings(rule_warnings(marts))

    assert described(0) == []
    assert [name for name, _ in described(3)] == ["Rule check"] * 3
    *_, third, last = described(5)
    assert third == ("Rule check", "rule_2: \\[b]never fires")
    assert last == ("", "and 2 more in marts.mart_rule_checks")


def test_the_summary_of_marts_without_a_rule_check_warns_of_nothing() -> None:
    with duckdb.connect() as marts:
        assert describe_warnings(rule_warnings(marts)) == []


def test_the_sensor_waits_until_files_stop_changing_and_starts_once() -> None:
    cursor, start = next_cursor(None, "a")
    assert not start
    cursor, start = next_cursor(cursor, "b")
    assert not start
    cursor, start = next_cursor(cursor, "b")
    assert start
    cursor, start = next_cursor(cursor, "b")
    assert not start
    cursor, start = next_cursor(cursor, None)
    assert not start
    cursor, start = next_cursor(cursor, "b")
    assert not start, "files that vanished and came back unchanged are nothing new"


def test_unfinished_and_hidden_files_are_no_extracts(tmp_path: Path) -> None:
    for name in ("Lead.csv", "Lead.csv.part", ".hidden.csv", ".sample-x/Lead.csv", "sub/Task.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    listing = list_extracts(tmp_path)
    assert list(listing) == ["Lead.csv", "sub/Task.csv"]
    assert listing_digest(listing) != listing_digest({"Lead.csv": listing["Lead.csv"]})


def test_a_workspace_seed_replaces_the_one_of_the_same_name_and_an_unknown_one_is_refused(
    tmp_path: Path,
) -> None:
    shipped, workspace = tmp_path / "shipped", Workspace.at(tmp_path / "workspace")
    (workspace.root / "seeds").mkdir(parents=True)
    shipped.mkdir()
    for path in (shipped / "a.csv", shipped / "b.csv", workspace.root / "seeds" / "b.csv"):
        path.write_text("x")
    assert seed_files(workspace, shipped) == {
        "a.csv": shipped / "a.csv",
        "b.csv": workspace.root / "seeds" / "b.csv",
    }
    (workspace.root / "seeds" / "c.csv").write_text("x")
    with pytest.raises(UsageError, match=r"c\.csv"):
        seed_files(workspace, shipped)


def test_a_workspace_has_its_own_settings_or_those_of_the_repository(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    assert settings_in_effect(workspace) == load_settings(REPOSITORY / "bandpass.yml")
    (tmp_path / "bandpass.yml").write_text("time_zone: Europe/Berlin\n")
    assert settings_in_effect(workspace).time_zone == "Europe/Berlin"


def test_a_second_run_is_refused_while_the_first_lives_and_a_dead_one_blocks_nobody(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    program = (
        "import sys, time; from pathlib import Path; from orchestration.locking import run_lock\n"
        "with run_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WorkspaceBusyError, match=str(holder.pid)), run_lock(lock):
            pass
        holder.kill()
    with run_lock(lock):
        pass


def test_the_cause_is_found_under_whatever_dagster_wraps_around_it() -> None:
    class StepError(Exception):
        def __init__(self, cause: BaseException) -> None:
            self.user_exception = cause

    cause = DataError("bad", fix="good")
    assert bandpass_error(StepError(cause)) is cause
    assert bandpass_error(StepError(ValueError())) is None
