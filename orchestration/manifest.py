"""The dbt project as read once for each state of it: the manifest for Dagster, and for dbt itself."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.dbt import dbt_environment, environment, project_folder, seeds_folder
from orchestration.errors import DataError
from orchestration.fingerprint import combine, files_digest

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

logger = logging.getLogger("bandpass")

_PARTS = ("*.yml", "*.yaml", "*.sql", "*.csv", "*.md")
_GENERATED = {"target", "logs", "dbt_packages"}
_READERS = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb")


def project_digest(project: Path) -> str:
    """Changes with every file that dbt parses, and with dbt."""
    files = [
        (path.relative_to(folder).as_posix(), path)
        for folder in (project, seeds_folder(project))
        for pattern in _PARTS
        for path in folder.rglob(pattern)
        if not _GENERATED.intersection(path.relative_to(folder).parts)
    ]
    return combine({"files": files_digest(files)} | {name: version(name) for name in _READERS})


def ensure_manifest(project: Path) -> Path:
    """The manifest of the project as it is now (JSON), parsed if it is missing or stale."""
    return _ensure(project, deep_tests=False, suffix=".json")


def read_project(project: Path, *, deep_tests: bool = False) -> Manifest:
    """The project as dbt has read it, anew for each call because dbt writes into it while it works."""
    path = _ensure(project, deep_tests=deep_tests, suffix=".pickle")
    # as trustworthy as the code it lies beside: only this module writes it
    manifest: Manifest = pickle.loads(path.read_bytes())
    return manifest


def _ensure(project: Path, *, deep_tests: bool, suffix: str) -> Path:
    """A file that reading the project leaves.

    It is named by the digest and appears by a rename, so processes that start together
    (the web server, its daemon, test workers) do not disturb each other.
    """
    folder = project / "target"
    digest = project_digest(project)
    stem = f"manifest-{digest}-deep" if deep_tests else f"manifest-{digest}"
    wanted = folder / f"{stem}{suffix}"
    if wanted.exists():
        return wanted
    logger.info("Reading the dbt project (once after each change of it)")
    folder.mkdir(exist_ok=True)
    for killed in folder.glob(".parse-*"):
        if killed.stat().st_mtime < time.time() - 3600:  # nobody reads a project for an hour
            shutil.rmtree(killed, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=".parse-", dir=folder))
    try:
        _parse(project, temporary, deep_tests=deep_tests)
        for stale in folder.glob("manifest-*"):
            if not stale.name.startswith(f"manifest-{digest}"):
                stale.unlink(missing_ok=True)
        for made in (".pickle", ".json"):
            os.replace(temporary / f"manifest{made}", folder / f"{stem}{made}")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return wanted


def _parse(project: Path, target: Path, *, deep_tests: bool) -> None:
    from dbt.cli.main import dbtRunner

    seeds = target / "seeds"
    shutil.copytree(seeds_folder(project), seeds)
    variables = dbt_environment(
        warehouse=target / "warehouse.duckdb", marts=target / "bandpass.duckdb", seeds=seeds, target=target
    )
    arguments = ["--quiet", "--log-level", "none", "parse", "--project-dir", str(project)]
    given = json.dumps({"deep_tests": deep_tests})
    with environment(variables):
        result = dbtRunner().invoke([*arguments, "--profiles-dir", str(project), "--vars", given])
    if not result.success or not (target / "manifest.json").exists():
        raise DataError(
            f"The dbt project can't be parsed: {result.exception or 'see `dbt parse`'}",
            where=str(project),
            fix="correct the file the message names; `dbt parse` shows the same.",
        )
    (target / "manifest.pickle").write_bytes(pickle.dumps(result.result))


if __name__ == "__main__":
    # `make setup` reads the project once, so that the first run need not.
    ensure_manifest(project_folder())
