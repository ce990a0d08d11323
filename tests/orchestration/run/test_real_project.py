"""The shipped models, built once on a sample world by the main job itself."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.dbt import dbt_vars
from orchestration.workspace import settings_in_effect
from tests.building import MARTS, SEEDS, TARGET, WAREHOUSE, call_dbt


def test_the_main_job_publishes_the_sample_world(built_workspace: Any) -> None:
    record = built_workspace.record
    assert record["built"]["models_and_seeds"] > 50
    assert record["totals"]["records"] == record["totals"]["loaded"] + record["totals"]["quarantined"]
    with built_workspace.marts() as marts:
        (mqls,) = marts.execute("select count(*) from marts.fct_mql_episodes").fetchone()
    assert mqls > 0


def dbt_on_a_copy(built_workspace: Any, folder: Path, *command: str) -> dict[str, Any]:
    """Call dbt on copies of what was built, with all tests enabled; its run results."""
    workspace = built_workspace.workspace
    settings = settings_in_effect(workspace)
    shutil.copyfile(workspace.warehouse, folder / WAREHOUSE)
    shutil.copyfile(workspace.marts(), folder / MARTS)
    shutil.copytree(workspace.seeds, folder / SEEDS)
    as_of = date.fromisoformat(built_workspace.record["as_of"])
    done = call_dbt(folder, *command, variables=dbt_vars(settings, as_of) | {"deep_tests": True})
    assert done.success, done.what_failed
    return dict(json.loads((folder / TARGET / "run_results.json").read_text()))


def test_dbts_unit_tests_and_the_data_tests_of_every_layer_pass(built_workspace: Any, tmp_path: Path) -> None:
    # Unit tests need no rows, only the columns of what they stand in for; a run itself tests the marts only.
    results = dbt_on_a_copy(built_workspace, tmp_path, "test")["results"]
    assert {result["status"] for result in results} == {"pass"}
    kinds = {kind: [r for r in results if r["unique_id"].startswith(kind)] for kind in ("unit_test", "test")}
    assert len(kinds["unit_test"]) > 100
    assert any("int_lead_identity" in result["unique_id"] for result in kinds["test"])


def test_dbt_leaves_seeds_given_by_an_absolute_path_as_they_are(built_workspace: Any, tmp_path: Path) -> None:
    # dbt-core writes a seed's SQL to target/run/<path of the seed>: with an absolute path, over the seed.
    # It did so here twice before macros/seed_safety.sql.
    before = {path.name: path.read_bytes() for path in built_workspace.workspace.seeds.glob("*.csv")}
    dbt_on_a_copy(built_workspace, tmp_path, "seed")
    assert {path.name: path.read_bytes() for path in (tmp_path / SEEDS).glob("*.csv")} == before
