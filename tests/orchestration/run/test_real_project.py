"""The shipped models, built once on a sample world by the main job itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.dbt import dbt_environment, dbt_executable, dbt_vars, project_folder
from orchestration.workspace import settings_in_effect


def test_the_main_job_publishes_the_sample_world(built_workspace: Any) -> None:
    record = built_workspace.record
    assert record["built"]["models_and_seeds"] > 50
    assert record["totals"]["records"] == record["totals"]["loaded"] + record["totals"]["quarantined"]
    with built_workspace.marts() as marts:
        (mqls,) = marts.execute("select count(*) from marts.fct_mql_episodes").fetchone()
    assert mqls > 0


def test_dbts_unit_tests_pass(built_workspace: Any, tmp_path: Path) -> None:
    # They need no rows, only the columns of the tables they stand in for: a copy of what was built has them.
    workspace = built_workspace.workspace
    settings = settings_in_effect(workspace)
    files = {"warehouse": tmp_path / "warehouse.duckdb", "marts": tmp_path / "bandpass.duckdb"}
    shutil.copyfile(workspace.warehouse, files["warehouse"])
    shutil.copyfile(workspace.marts(), files["marts"])
    shutil.copytree(workspace.seeds, tmp_path / "seeds")
    project = str(project_folder())
    variables = dbt_environment(**files, seeds=tmp_path / "seeds", target=tmp_path / "target")
    as_of = date.fromisoformat(built_workspace.record["as_of"])
    arguments = ["--quiet", "test", "--select", "test_type:unit", "--project-dir", project]
    arguments += ["--profiles-dir", project, "--vars", json.dumps(dbt_vars(settings, as_of))]
    done = subprocess.run(
        [dbt_executable(), *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
    assert results
    assert {result["status"] for result in results} == {"pass"}
