"""The main job as people run it, on a funnel small enough to be built in seconds."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import duckdb
from small_funnel import Funnel, table_hashes

from orchestration.basis import with_basis
from orchestration.publish import published_as_of
from orchestration.records import read_records
from orchestration.settings import load_settings
from orchestration.workspace import REPOSITORY

READER = (
    "import duckdb, sys\n"
    "con = duckdb.connect(sys.argv[1], read_only=True)\n"
    "print('open', flush=True)\n"
    "sys.stdin.readline()\n"
    "print(con.execute('select count(*) from marts.dim_leads').fetchone()[0])\n"
)


def wait_for(seen: Path, process: subprocess.Popen[bytes], pattern: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not list(seen.glob(pattern)):
        assert process.poll() is None, "the run ended before it could be disturbed"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def count_leads(marts: Path) -> int:
    with duckdb.connect(str(marts), read_only=True) as connection:
        row = connection.execute("select count(*) from marts.dim_leads").fetchone()
    assert row is not None
    return int(row[0])


def test_a_run_publishes_marts_report_and_record_and_leaves_no_work_behind(first_run: Funnel) -> None:
    workspace = first_run.workspace
    assert stat.S_IMODE(workspace.marts().stat().st_mode) == 0o444
    assert [path.name for path in (workspace.published / "reports").iterdir()] == ["2026-W04.html"]
    assert list(workspace.work.iterdir()) == []
    assert not list(workspace.root.rglob("*.wal"))
    (record,) = read_records(workspace.runs)
    assert record["state"] == "published"
    assert record["as_of"] == "2026-01-24"
    assert record["totals"]["loaded"] == 20
    assert [step["step"] for step in record["steps"]] == [
        "prepare", "load", "build", "calibrate", "estimate", "watch", "report", "publish",
    ]  # fmt: skip


def test_the_marts_open_in_the_previous_duckdb_line(first_run: Funnel) -> None:
    with duckdb.connect(str(first_run.workspace.marts()), read_only=True) as connection:
        row = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = 'bandpass'"
        ).fetchone()
    assert row is not None
    assert row[0].startswith("v1.5")


def test_the_first_run_decides_which_mqls_count_and_writes_it_down(first_run: Funnel) -> None:
    own = first_run.workspace.root / "bandpass.yml"
    assert load_settings(own).mql_basis == "scored"
    assert own.read_text() == with_basis((REPOSITORY / "bandpass.yml").read_text(), "scored")


def test_dbt_does_not_write_over_the_seeds_in_effect(first_run: Funnel) -> None:
    assert (first_run.workspace.seeds / "mql_thresholds.csv").read_text() == "segment,threshold\nglobal,50\n"


def test_the_same_input_again_gives_the_same_tables_or_is_not_read_at_all(published: Funnel) -> None:
    before, marts = published.hashes(), published.workspace.marts()
    # A copied workspace keeps times and sizes of its extracts, but not the folder they lie in.
    assert published.run().returncode == 0
    assert published.hashes() == before
    stamp = marts.stat()
    done = published.run()
    assert done.returncode == 0
    assert "Nothing new" in done.stdout
    assert marts.stat() == stamp
    done = published.run("--full-refresh")
    assert done.returncode == 0, done.stderr
    assert marts.stat() != stamp
    assert published.hashes() == before


def test_an_older_day_is_published_beside_and_changes_nothing(published: Funnel) -> None:
    before, workspace = published.hashes(), published.workspace
    lists = {path: path.read_bytes() for path in (workspace.published / "handoff").iterdir()}
    done = published.run("--as-of", "2026-01-10")
    assert done.returncode == 0, done.stderr
    # an old day's queue is nobody's work any more
    assert {path: path.read_bytes() for path in (workspace.published / "handoff").iterdir()} == lists
    assert not list((workspace.published / "as-of").rglob("handoff"))
    folder = workspace.published / "as-of" / "2026-01-10"
    assert count_leads(folder / "bandpass.duckdb") == 6
    assert (folder / "reports" / "2026-W02.html").exists()
    assert published.hashes() == before
    assert published_as_of(workspace.marts()).isoformat() == "2026-01-24"
    report = published.bandpass("report", "--as-of", "2026-01-10")
    assert report.returncode == 0, report.stderr


def test_a_killed_run_leaves_the_old_publication_and_the_next_run_cleans_up(published: Funnel) -> None:
    before, workspace = published.hashes(), published.workspace
    published.add_leads("Lead2.csv", ["2026-02-02"], first=100)
    with published.start("run") as process:
        wait_for(workspace.work, process, "*/dbt/dbt.log")
        os.killpg(process.pid, signal.SIGKILL)
    assert published.hashes() == before
    (left,) = workspace.work.iterdir()
    done = published.run()
    assert done.returncode == 0, done.stderr
    assert list(workspace.work.iterdir()) == []
    assert json.loads((workspace.runs / f"{left.name}.json").read_text())["state"] == "killed"
    assert count_leads(workspace.marts()) == 21


def test_a_reader_disturbs_no_run_and_keeps_what_it_has_open_and_a_second_run_is_refused(
    published: Funnel,
) -> None:
    published.add_leads("Lead2.csv", ["2026-02-02"], first=100)
    workspace = published.workspace
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(workspace.marts())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        with published.start("run") as first:
            wait_for(workspace.work, first, "*")
            second = published.run()
            assert second.returncode == 1
            assert "Another run is working on this workspace" in second.stderr
            assert first.wait() == 0
        assert reader.communicate("\n")[0] == "20\n"
    assert count_leads(workspace.marts()) == 21
    lists = sorted(path.name for path in (workspace.published / "handoff").iterdir())
    assert lists == ["2026-01-24.csv", "2026-02-02.csv"]


def test_a_failing_check_publishes_nothing_and_is_named(published: Funnel, tmp_path: Path) -> None:
    before = published.hashes()
    published.add_leads("Lead2.csv", ["2026-02-02"])  # a second version of lead 1, which this staging repeats
    done = published.run()
    assert done.returncode == 1
    assert "unique_stg_leads_lead_id" in done.stderr
    assert "nothing is published" in done.stderr
    assert "Traceback" not in done.stderr
    assert published.hashes() == before
    assert read_records(published.workspace.runs)[-1]["state"] == "failed"


def test_too_many_refused_records_publish_nothing_and_are_listed(published: Funnel) -> None:
    before = published.hashes()
    published.add_leads("Lead2.csv", ["2026-02-02", "2026-13-45"], first=100)
    done = published.run()
    assert done.returncode == 1
    assert "1 of 2 records (50.0%)" in done.stderr
    assert "example.org" not in done.stderr
    assert published.hashes() == before
    assert "Lead2.csv" in (published.workspace.quarantine / "refused.csv").read_text()


def test_stopping_a_run_by_hand_is_clean(published: Funnel) -> None:
    before = published.hashes()
    published.add_leads("Lead2.csv", ["2026-02-02"], first=100)
    with subprocess.Popen(
        published.command("run"),
        env=published.environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        wait_for(published.workspace.work, process, "*/dbt/dbt.log")
        os.killpg(process.pid, signal.SIGINT)
        message = process.communicate()[1]
    assert process.returncode == 130
    assert "Stopped." in message
    assert "Traceback" not in message
    assert list(published.workspace.work.iterdir()) == []
    assert published.hashes() == before


def test_calibrate_prints_one_json_object_and_publishes_nothing(published: Funnel) -> None:
    before = table_hashes(published.workspace.marts())
    done = published.bandpass("calibrate", "--json")
    assert done.returncode == 0, done.stderr
    (suggestion,) = json.loads(done.stdout)["suggestions"]
    assert suggestion["segment"] == "global"
    assert table_hashes(published.workspace.marts()) == before


def test_dagsters_own_command_publishes_and_leaves_the_record_alone(published: Funnel) -> None:
    # `dagster job execute` makes its resources again after the run; once that overwrote the run's record.
    (handoff,) = (published.workspace.published / "handoff").iterdir()
    before = handoff.read_bytes()
    published.add_leads("Lead2.csv", ["2026-01-24"], first=100)
    command = [str(Path(sys.executable).with_name("dagster")), "job", "execute"]
    done = subprocess.run(
        [*command, "-m", "orchestration.definitions", "-j", "weekly_funnel"],
        env=published.environment | {"DAGSTER_HOME": str(published.workspace.dagster_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert read_records(published.workspace.runs)[-1]["state"] == "published"
    assert count_leads(published.workspace.marts()) == 21
    # the same day again replaces its hand-off list
    assert list(handoff.parent.iterdir()) == [handoff]
    assert handoff.read_bytes() != before
