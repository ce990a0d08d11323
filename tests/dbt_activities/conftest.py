"""Activities made of extracts by the real dbt project, without the rest of a run."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt import dbt_environment, dbt_executable, project_folder
from orchestration.loading import load
from orchestration.settings import Settings
from orchestration.workspace import REPOSITORY

Rows = list[tuple[Any, ...]]


class Built:
    """The warehouse and marts in which models were built."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse.duckdb"
        self.marts = folder / "marts.duckdb"

    def rows(self, query: str) -> Rows:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute(f"ATTACH '{self.marts}' AS bandpass (READ_ONLY)")
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def build_models(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Built]:
    """Load a folder of extracts and build the named models, as of a day, with what they are made of."""
    target = tmp_path_factory.mktemp("dbt")

    def build(extracts: Path, as_of: str, *models: str) -> Built:
        built = Built(tmp_path_factory.mktemp("activities"))
        with duckdb.connect(str(built.warehouse)) as connection:
            load(extracts, connection, settings=Settings(), mapping=None)
        done = subprocess.run(
            [
                *(dbt_executable(), "build", "--select", *(f"+{model}" for model in models)),
                *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
                *("--vars", json.dumps({"as_of": as_of, "deep_tests": True})),
                *("--project-dir", str(project_folder()), "--profiles-dir", str(project_folder())),
            ],
            env=os.environ
            | dbt_environment(
                warehouse=built.warehouse, marts=built.marts, seeds=REPOSITORY / "seeds", target=target
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(f"the models of activities were not built:\n{done.stdout}", pytrace=False)
        return built

    return build
