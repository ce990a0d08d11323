"""The main job and what belongs to it: assets, checks, schedule, sensor."""

from __future__ import annotations

import json
from pathlib import Path

from dagster import AssetSelection, Definitions, define_asset_job, in_process_executor

from orchestration import assets
from orchestration.manifest import ensure_manifest
from orchestration.resource import BandpassRun
from orchestration.triggers import extracts_sensor, weekly_schedule
from orchestration.workspace import Workspace, settings_in_effect

JOB = "weekly_funnel"


def build_definitions(workspace: Workspace, project: Path) -> Definitions:
    """All definitions for a workspace and a dbt project."""
    manifest = json.loads(ensure_manifest(project).read_text(encoding="utf-8"))
    job = define_asset_job(
        JOB,
        selection=AssetSelection.all(),
        description="Load, build, check, calibrate, watch, estimate, report, publish.",
    )
    settings = settings_in_effect(workspace)
    return Definitions(
        assets=[
            assets.raw_assets(manifest),
            assets.model_assets(manifest),
            assets.calibration_assets(manifest),
            assets.watch_assets(manifest),
            assets.estimate_assets(manifest),
            assets.report_asset(manifest),
            assets.publication,
        ],
        jobs=[job],
        schedules=[weekly_schedule(JOB, settings.time_zone)],
        sensors=[extracts_sensor(JOB, workspace.extracts)],
        resources={"bandpass_run": BandpassRun.configure_at_launch()},
        executor=in_process_executor,
    )
