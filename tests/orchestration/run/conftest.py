"""Workspaces for the small funnel of `small_funnel`."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from small_funnel import MODELS, SOURCES, Funnel

from orchestration.workspace import REPOSITORY, Workspace


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """The other worker processes of this session wait."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def small_project(shared_folder: Path) -> Path:
    """A dbt project with the real settings and macros for time, and tiny models."""
    root = shared_folder / "small-project"
    with alone(shared_folder, root.name):
        if not root.exists():
            write_project(root)
    return root / "dbt_project"


def write_project(root: Path) -> None:
    project = root / "dbt_project"
    (project / "macros").mkdir(parents=True)
    for name in (
        "dbt_project.yml",
        "profiles.yml",
        "macros/schemas.sql",
        "macros/time.sql",
        "macros/funnel.sql",
        "macros/carry.sql",
    ):
        shutil.copyfile(REPOSITORY / "dbt_project" / name, project / name)
    for name, sql in MODELS.items():
        path = project / "models" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{{ config(contract={'enforced': false}) }}\n" + sql)
    (project / "models" / "models.yml").write_text(SOURCES)
    (root / "seeds").mkdir()
    (root / "seeds" / "mql_thresholds.csv").write_text("segment,threshold\nglobal,50\n")


@pytest.fixture
def funnel(small_project: Path, tmp_path: Path) -> Funnel:
    """An empty workspace for the small project."""
    environment: dict[str, Any] = dict(os.environ, BANDPASS_DBT_PROJECT=str(small_project), COLUMNS="200")
    return Funnel(Workspace.at(tmp_path / "workspace"), environment)


@pytest.fixture(scope="session")
def first_run(small_project: Path, shared_folder: Path) -> Funnel:
    """A workspace after its first run; shared, so do not change it."""
    environment: dict[str, Any] = dict(os.environ, BANDPASS_DBT_PROJECT=str(small_project), COLUMNS="200")
    funnel = Funnel(Workspace.at(shared_folder / "first-run"), environment)
    with alone(shared_folder, "first-run"):
        if not funnel.workspace.marts().exists():
            funnel.add_leads("Lead.csv", [f"2026-01-{day:02d}" for day in range(5, 25)])
            done = funnel.run()
            assert done.returncode == 0, done.stderr
    return funnel


@pytest.fixture
def published(first_run: Funnel, tmp_path: Path) -> Funnel:
    """A copy of that workspace, to be changed freely."""
    root = tmp_path / "workspace"
    shutil.copytree(first_run.workspace.root, root)
    return Funnel(Workspace.at(root), first_run.environment)
