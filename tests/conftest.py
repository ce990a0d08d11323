"""A workspace in which the main job has run on a small sample world, shared by all tests of a session."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.settings import Settings
from orchestration.workspace import Workspace, settings_in_effect

# `make test` looks at the same examples every time; `make test-long` looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)

LEADS = 1_500
BANDPASS = str(Path(sys.executable).with_name("bandpass"))


@dataclass(frozen=True)
class BuiltWorkspace:
    """Read what you like; change nothing here, copy it first (`shutil.copytree(built.workspace.root, …)`)."""

    workspace: Workspace
    record: dict[str, Any]

    def __fspath__(self) -> str:
        """`Path(built_workspace)` is its folder."""
        return str(self.workspace.root)

    def marts(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection to the published marts; close it."""
        connection = duckdb.connect(str(self.workspace.marts()), read_only=True)
        connection.execute("set TimeZone = 'UTC'")
        return connection


def run_bandpass(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command in this process, which imports Dagster once; progress is not captured."""
    done = CliRunner().invoke(app, list(arguments), env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess([BANDPASS, *arguments], done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all worker processes of this session."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(scope="session")
def built_workspace(shared_folder: Path) -> BuiltWorkspace:
    """The first test that asks for it builds it; those of other workers wait."""
    workspace = Workspace.at(shared_folder / "built-workspace")
    with (shared_folder / "built-workspace.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not workspace.marts().exists():
            done = run_bandpass(["demo", "--workspace", str(workspace.root), "--leads", str(LEADS)])
            if done.returncode != 0:
                pytest.fail(f"the main job failed on the sample world:\n{done.stderr}", pytrace=False)
    records = [json.loads(path.read_text()) for path in workspace.runs.glob("*.json")]
    return BuiltWorkspace(workspace, next(r for r in records if r["state"] == "published"))


@pytest.fixture(scope="module")
def marts(built_workspace: BuiltWorkspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts of the shared build."""
    with built_workspace.marts() as connection:
        yield connection


@pytest.fixture(scope="module")
def settings(built_workspace: BuiltWorkspace) -> Settings:
    """The settings in effect there."""
    return settings_in_effect(built_workspace.workspace)
