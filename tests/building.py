"""dbt's real project on files of a test's own, without the rest of a run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt import dbt_environment, dbt_vars, project_folder, seeds_folder
from orchestration.invocation import Invocation, invoke
from orchestration.loading import load
from orchestration.settings import Settings
from orchestration.workspace import REPOSITORY

WAREHOUSE, MARTS, SEEDS, TARGET = "warehouse.duckdb", "bandpass.duckdb", "seeds", "target"
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Built:
    """A folder with the warehouse and the marts in which models were built."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / WAREHOUSE

    @property
    def marts(self) -> Path:
        return self.folder / MARTS

    def rows(self, query: str, *parameters: object) -> Rows:
        """Of the layers in the warehouse, and of `bandpass.marts`."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute(f"ATTACH '{self.marts}' AS bandpass (READ_ONLY)")
            return connection.execute(query, parameters).fetchall()


def call_dbt(folder: Path, *command: str, variables: Mapping[str, Any]) -> Invocation:
    """Call dbt on the warehouse, marts and seeds in a folder; the shipped seeds if it has none.

    What dbt tells of the call is in `target` of the folder afterwards.
    """
    project = project_folder()
    if not (folder / SEEDS).is_dir():
        shutil.copytree(seeds_folder(project), folder / SEEDS)
    (folder / TARGET).mkdir(exist_ok=True)
    return invoke(
        [*command, "--vars", json.dumps(variables)],
        project=project,
        seeds=folder / SEEDS,
        variables=dbt_environment(
            warehouse=folder / WAREHOUSE,
            marts=folder / MARTS,
            seeds=folder / SEEDS,
            target=folder / TARGET,
        ),
        deep_tests=bool(variables.get("deep_tests")),
    )


def build_extracts(
    extracts: Path,
    folder: Path,
    *models: str,
    as_of: date,
    settings: Settings | None = None,
    deep_tests: bool = True,
) -> Built:
    """Load extracts and build the named models with what they are made of and with their tests."""
    settings = settings or Settings()
    built = Built(folder)
    with duckdb.connect(str(built.warehouse)) as connection:
        load(extracts, connection, settings=settings, mapping=None)
    done = call_dbt(
        *(folder, "build", "--select", *(f"+{model}" for model in models)),
        *(*WITHOUT_UNIT_TESTS, "--indirect-selection", "cautious"),
        variables=dbt_vars(settings, as_of) | {"deep_tests": deep_tests},
    )
    if not done.success:
        pytest.fail(f"{', '.join(models)} not built:\n{done.what_failed}", pytrace=False)
    return built


def shared_data(name: str) -> Path:
    """A folder of third-party extracts, or the test is skipped."""
    root = Path(os.environ.get("BANDPASS_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (root / name).is_dir():
        pytest.skip(f"third-party extracts are not here: {root / name} (set BANDPASS_SHARED_DATA)")
    return root / name
