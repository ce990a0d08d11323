"""Persons made of extracts by the real dbt project, without the rest of a run."""

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

AS_OF = "2026-06-30"


class People:
    """The warehouse and marts in which the models of persons were built."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse.duckdb"
        self.marts = folder / "marts.duckdb"

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute(f"ATTACH '{self.marts}' AS bandpass (READ_ONLY)")
            return connection.execute(query, parameters).fetchall()


@pytest.fixture(scope="session")
def people_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], People]:
    """Load a folder of extracts and build the models of persons with all their tests."""
    target = tmp_path_factory.mktemp("dbt")

    def build(extracts: Path) -> People:
        people = People(tmp_path_factory.mktemp("people"))
        with duckdb.connect(str(people.warehouse)) as connection:
            load(extracts, connection, settings=Settings(), mapping=None)
        done = subprocess.run(
            [
                *(dbt_executable(), "build", "--select", "+dim_lead_history", "+int_leads"),
                *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
                *("--vars", json.dumps({"as_of": AS_OF, "deep_tests": True})),
                *("--project-dir", str(project_folder()), "--profiles-dir", str(project_folder())),
            ],
            env=os.environ
            | dbt_environment(
                warehouse=people.warehouse, marts=people.marts, seeds=REPOSITORY / "seeds", target=target
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(f"the models of persons were not built:\n{done.stdout}", pytrace=False)
        return people

    return build


def shared_data(name: str) -> Path:
    """A folder of third-party extracts, or the test is skipped."""
    root = Path(os.environ.get("BANDPASS_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (root / name).is_dir():
        pytest.skip(f"third-party extracts are not here: {root / name} (set BANDPASS_SHARED_DATA)")
    return root / name
