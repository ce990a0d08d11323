"""The dbt manifest that Dagster reads: made once for each state of the dbt project."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

from orchestration.dbt import dbt_environment, environment, project_folder, seeds_folder
from orchestration.errors import DataError
from orchestration.fingerprint import files_digest

logger = logging.getLogger("bandpass")

_PARTS = ("*.yml", "*.yaml", "*.sql", "*.csv", "*.md")
_GENERATED = {"target", "logs", "dbt_packages"}


def project_digest(project: Path) -> str:
    """Changes with every file that dbt parses."""
    files = [
        (path.relative_to(folder).as_posix(), path)
        for folder in (project, seeds_folder(project))
        for pattern in _PARTS
        for path in folder.rglob(pattern)
        if not _GENERATED.intersection(path.relative_to(folder).parts)
    ]
    return files_digest(files)


def ensure_manifest(project: Path) -> Path:
    """The manifest of the project as it is now, parsed if it is missing or stale.

    The file is named by the digest and appears by a rename, so processes that start together
    (the web server, its daemon, test workers) do not disturb each other.
    """
    folder = project / "target"
    manifest = folder / f"manifest-{project_digest(project)}.json"
    if manifest.exists():
        return manifest
    logger.info("Reading the dbt project (once after each change of it)")
    folder.mkdir(exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".parse-", dir=folder))
    try:
        _parse(project, temporary)
        for stale in folder.glob("manifest-*.json"):
            stale.unlink(missing_ok=True)
        os.replace(temporary / "manifest.json", manifest)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def _parse(project: Path, target: Path) -> None:
    from dbt.cli.main import dbtRunner

    seeds = target / "seeds"
    shutil.copytree(seeds_folder(project), seeds)
    variables = dbt_environment(
        warehouse=target / "warehouse.duckdb", marts=target / "bandpass.duckdb", seeds=seeds, target=target
    )
    arguments = ["--quiet", "--log-level", "none", "parse", "--project-dir", str(project)]
    with environment(variables):
        result = dbtRunner().invoke([*arguments, "--profiles-dir", str(project)])
    if not result.success or not (target / "manifest.json").exists():
        raise DataError(
            f"The dbt project can't be parsed: {result.exception or 'see `dbt parse`'}",
            where=str(project),
            fix="correct the file the message names; `dbt parse` shows the same.",
        )


if __name__ == "__main__":
    # `make setup` reads the project once, so that the first run need not.
    ensure_manifest(project_folder())
