"""What `dagster dev` shows."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from dagster import AssetKey, Definitions

from orchestration.dbt import project_folder
from orchestration.graph import PUBLICATION, REPORT, raw_tables
from orchestration.job import JOB, build_definitions
from orchestration.workspace import Workspace


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    return build_definitions(Workspace.at(tmp_path_factory.mktemp("workspace")), project_folder())


def test_definitions_load_with_job_schedule_and_sensor(definitions: Definitions) -> None:
    definitions.validate_loadable(definitions)
    repository = definitions.get_repository_def()
    assert repository.has_job(JOB)
    assert [schedule.cron_schedule for schedule in repository.schedule_defs] == ["0 6 * * 1"]
    assert [sensor.name for sensor in repository.sensor_defs] == ["extracts_arrived"]


def test_the_graph_joins_from_raw_tables_to_the_publication(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    upstream = graph.get_ancestor_asset_keys(PUBLICATION, include_self=True)
    assert REPORT in upstream
    assert AssetKey(["raw", "salesforce_lead"]) in upstream
    made_here = {key.path[-1] for key in graph.materializable_asset_keys}
    assert set(raw_tables()) <= made_here


def test_no_dbt_source_of_ours_is_an_asset_that_nobody_makes(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.external_asset_keys} == set()


def test_every_asset_has_a_group_and_an_owner(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name not in (None, "default", "models"), key
        assert node.owners, key


def test_dbt_tests_and_the_checks_of_what_python_writes_are_asset_checks(definitions: Definitions) -> None:
    checks = definitions.resolve_asset_graph().asset_check_keys
    assert {"rates_are_shares", "campaign_rates_are_shares", "past_forecasts_held", "rate_left_band"} <= {
        c.name for c in checks
    }
    assert len({check.asset_key for check in checks if check.asset_key.path[0] == "marts"}) > 5


def test_models_are_grouped_by_layer(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    groups = {graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert {
        "raw",
        "seeds",
        "staging",
        "intermediate",
        "marts",
        "calibration",
        "estimates",
        "report",
        "published",
    } == groups


def test_the_manifest_is_made_once_for_each_state_of_the_project(small_project: Path) -> None:
    from orchestration.manifest import ensure_manifest

    first = ensure_manifest(small_project)
    made = first.stat().st_mtime_ns
    assert ensure_manifest(small_project) == first
    assert first.stat().st_mtime_ns == made


def test_what_a_killed_reading_left_goes_with_the_next_one(small_project: Path) -> None:
    from orchestration.manifest import ensure_manifest

    ensure_manifest(small_project).unlink()
    killed, running = (small_project / "target" / name for name in (".parse-killed", ".parse-running"))
    killed.mkdir()
    running.mkdir()
    yesterday = time.time() - 86_400
    os.utime(killed, (yesterday, yesterday))
    ensure_manifest(small_project)
    assert (killed.exists(), running.exists()) == (False, True)
    running.rmdir()
