"""Where everything of one workspace lies, and which settings and seeds count in it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.errors import UsageError
from orchestration.settings import Settings, load_settings

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_FOLDER = "workspace"
MARTS_FILE = "bandpass.duckdb"
SETTINGS_FILE = "bandpass.yml"


def iso_week(day: date) -> str:
    """`2026-W05`, as the weekly reports are named."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


@dataclass(frozen=True)
class Workspace:
    """Paths of a workspace; nothing is created until something is written."""

    root: Path

    @classmethod
    def at(cls, folder: str | Path) -> Workspace:
        return cls(Path(folder).expanduser().resolve())

    @property
    def extracts(self) -> Path:
        return self.root / "extracts"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def decisions(self) -> Path:
        return self.root / "decisions.jsonl"

    @property
    def work(self) -> Path:
        """Runs under way; whatever lies here when a run starts is left from a killed one."""
        return self.root / ".work"

    @property
    def seeds(self) -> Path:
        """The seeds in effect, as the last run copied them."""
        return self.root / ".seeds"

    @property
    def dagster_home(self) -> Path:
        return self.root / ".dagster"

    @property
    def dbt_target(self) -> Path:
        return self.root / ".dbt"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    def marts(self, old_as_of: date | None = None) -> Path:
        """The published marts; `old_as_of` for those rebuilt as of an older day."""
        return self._publication(old_as_of) / MARTS_FILE

    def report(self, as_of: date, *, is_old: bool = False) -> Path:
        return self._publication(as_of if is_old else None) / "reports" / f"{iso_week(as_of)}.html"

    def handoff(self, as_of: date) -> Path:
        """The list of MQLs that wait for sales."""
        return self.published / "handoff" / f"{as_of.isoformat()}.csv"

    def _publication(self, old_as_of: date | None) -> Path:
        return self.published / "as-of" / old_as_of.isoformat() if old_as_of else self.published


def settings_file(workspace: Workspace, repository: Path = REPOSITORY) -> Path:
    """The settings in effect: the workspace's own file replaces the repository's."""
    own = workspace.root / SETTINGS_FILE
    return own if own.exists() else repository / SETTINGS_FILE


def settings_in_effect(workspace: Workspace, repository: Path = REPOSITORY) -> Settings:
    return load_settings(settings_file(workspace, repository))


def seed_files(workspace: Workspace, repository_seeds: Path) -> dict[str, Path]:
    """Which file counts for each seed: the repository's, replaced by the workspace's of the same name."""
    known = {path.name: path for path in sorted(repository_seeds.glob("*.csv"))}
    own = {path.name: path for path in sorted((workspace.root / "seeds").glob("*.csv"))}
    for name, path in own.items():
        if name not in known:
            raise UsageError(
                f"The workspace brings a seed {name!r} that Bandpass does not know",
                where=str(path),
                fix=f"rename or remove it; known seeds: {', '.join(known)}.",
            )
    return known | own


def copy_seeds(workspace: Workspace, repository_seeds: Path) -> Path:
    """Lay the seeds in effect into the workspace, where dbt reads them."""
    files = seed_files(workspace, repository_seeds)
    shutil.rmtree(workspace.seeds, ignore_errors=True)
    workspace.seeds.mkdir(parents=True)
    for path in sorted(repository_seeds.iterdir()):
        if path.is_file() and path.suffix in {".yml", ".yaml", ".md"}:
            shutil.copyfile(path, workspace.seeds / path.name)
    for name, path in files.items():
        shutil.copyfile(path, workspace.seeds / name)
    return workspace.seeds


def default_workspace() -> Workspace:
    """The workspace `dagster dev` shows: the one whose Dagster home is in use, else ./workspace."""
    home = os.environ.get("DAGSTER_HOME", "")
    if home and Path(home).name == ".dagster":
        return Workspace.at(Path(home).parent)
    return Workspace.at(REPOSITORY / DEFAULT_FOLDER)
