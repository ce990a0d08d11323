"""dbt on files of a test's own."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date
from pathlib import Path

from orchestration.dbt import dbt_environment, dbt_executable, dbt_vars, project_folder
from orchestration.settings import Settings

WAREHOUSE, MARTS, SEEDS, TARGET = "warehouse.duckdb", "bandpass.duckdb", "seeds", "target"


def build(
    folder: Path, select: tuple[str, ...], settings: Settings, as_of: date
) -> subprocess.CompletedProcess[str]:
    """`dbt build` of a selection, without unit tests, on the files of a folder."""
    project = str(project_folder())
    variables = dbt_environment(
        warehouse=folder / WAREHOUSE, marts=folder / MARTS, seeds=folder / SEEDS, target=folder / TARGET
    )
    return subprocess.run(
        [
            *(dbt_executable(), "--quiet", "build", "--project-dir", project, "--profiles-dir", project),
            *("--exclude-resource-type", "unit_test", "--select", *select),
            *("--vars", json.dumps(dbt_vars(settings, as_of))),
        ],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
