"""One run of the main job: its work folder, what it has found so far, and how it ends."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.asof import is_older
from orchestration.dbt import project_folder, seeds_folder
from orchestration.errors import UsageError
from orchestration.files import copy_file
from orchestration.fingerprint import Listing, list_extracts
from orchestration.locking import run_lock
from orchestration.publish import published_as_of
from orchestration.records import RunRecord, record_killed
from orchestration.settings import Settings
from orchestration.workspace import MARTS_FILE, Workspace, copy_seeds, settings_in_effect

if TYPE_CHECKING:
    from orchestration.loading.result import FileResult
    from orchestration.restatement.guard import Guarded

logger = logging.getLogger("bandpass")

FILE_COUNTS = ("records", "loaded", "superseded", "quarantined")


@dataclass(frozen=True)
class RunRequest:
    """What someone asked the main job to do."""

    workspace: Workspace
    extracts: Path
    mapping: Path | None = None
    as_of: date | None = None
    full_refresh: bool = False
    restate: bool = False

    def described(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "mapping": str(self.mapping) if self.mapping else None,
            "full_refresh": self.full_refresh,
            "restate": self.restate,
        }


@dataclass
class RunSession:
    """State that the steps of one run share; they run in order, in one process."""

    request: RunRequest
    settings: Settings
    record: RunRecord
    folder: Path
    listing: Listing
    as_of: date | None = None
    guarded: Guarded | None = None
    carries: bool = False
    html: str = ""

    @property
    def workspace(self) -> Workspace:
        return self.request.workspace

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def marts(self) -> Path:
        return self.folder / MARTS_FILE

    @property
    def dbt_target(self) -> Path:
        return self.folder / "dbt"

    def day(self) -> date:
        """The as-of day; known once the extracts are loaded."""
        if self.as_of is None:
            raise UsageError(
                "This step needs the steps before it",
                fix="materialize the whole job `weekly_funnel`, not single assets.",
            )
        return self.as_of

    def set_as_of(self, as_of: date) -> None:
        self.as_of = as_of
        self.record.as_of = as_of.isoformat()
        self.record.is_old_as_of = is_older(as_of, published_as_of(self.workspace.marts()))

    @property
    def dbt_seeds(self) -> Path:
        """dbt's own copy: it writes its compiled SQL over seeds whose path is absolute (docs/decisions)."""
        return self.folder / "seeds"

    def note_files(self, files: Sequence[FileResult]) -> None:
        """Write down what was read; a file that was loaded before counts nothing."""
        self.record.files = [asdict(file) for file in files]
        fresh = [file for file in files if not file.already_loaded]
        self.record.totals = {name: sum(getattr(file, name) for file in fresh) for name in FILE_COUNTS}
        self.record.totals |= {"files": len(files), "files_already_loaded": len(files) - len(fresh)}

    def keep_dbt_log(self, target: Path) -> None:
        """Save dbt's log from the work folder, which goes away with the run."""
        source = self.dbt_target / "dbt.log"
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def check_request(request: RunRequest) -> None:
    """Refuse what can't work before anything is touched."""
    if not request.extracts.is_dir():
        raise UsageError(
            "The folder of extracts does not exist",
            where=str(request.extracts),
            fix="give the folder that holds your extract files with --extracts, or run `bandpass demo`.",
        )
    if not list_extracts(request.extracts):
        raise UsageError(
            "The folder of extracts is empty",
            where=str(request.extracts),
            fix="put the extract files (CSV, JSONL, Parquet, also .gz) there, or run `bandpass demo`.",
        )
    if request.mapping is not None and not request.mapping.is_file():
        raise UsageError(
            "The mapping file does not exist",
            where=str(request.mapping),
            fix="check the path after --mapping.",
        )


@contextmanager
def connected(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in UTC."""
    with duckdb.connect(str(path), read_only=read_only) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@contextmanager
def open_session(request: RunRequest, run_id: str) -> Iterator[RunSession]:
    """Hold the workspace, prepare the work folder, and leave a run record and nothing else behind."""
    check_request(request)
    workspace = request.workspace
    with run_lock(workspace.lock):
        sweep(workspace)
        record = RunRecord(run_id=run_id, extracts=str(request.extracts), requested=request.described())
        folder = workspace.work / run_id
        try:
            with record.step("prepare"):
                session = _prepare(request, record, folder)
            yield session
        finally:
            if record.state != "published":
                record.close("failed")
            record.write(workspace.runs)
            shutil.rmtree(folder, ignore_errors=True)


def sweep(workspace: Workspace) -> None:
    """Remove what killed runs left; the lock is held, so nobody works there."""
    if not workspace.work.is_dir():
        return
    for folder in sorted(workspace.work.iterdir()):
        logger.info("Removing what the killed run %s left", folder.name)
        record_killed(workspace.runs, folder.name)
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(request: RunRequest, record: RunRecord, folder: Path) -> RunSession:
    workspace = request.workspace
    folder.mkdir(parents=True)
    settings = settings_in_effect(workspace)
    session = RunSession(request, settings, record, folder, list_extracts(request.extracts))
    shutil.copytree(copy_seeds(workspace, seeds_folder(project_folder())), session.dbt_seeds)
    if workspace.warehouse.exists():
        copy_file(workspace.warehouse, session.warehouse)
    return session
