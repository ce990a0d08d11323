"""Execute the main job in this process, as `bandpass run` and `bandpass demo` do."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.dbt import environment, project_folder
from orchestration.errors import BandpassError
from orchestration.files import write_in_place
from orchestration.records import read_records
from orchestration.session import RunRequest, check_request
from orchestration.workspace import Workspace

DAGSTER_FILE = "dagster.yaml"
COMMAND_FILE = "command.yaml"
_TELEMETRY_OFF = "telemetry:\n  enabled: false\n"
_NO_COMPUTE_LOGS = """\
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
_EVENT_LOG = """\
event_log_storage:
  module: orchestration.event_log
  class: EventLog
  config:
    base_dir:
      env: BANDPASS_EVENT_LOG
"""
KEPT_LOGS = 20


def prepare_dagster_home(workspace: Workspace) -> Path:
    """Dagster's home in the workspace, shared by the command and `dagster dev`.

    The command has a configuration of its own: its output goes to a log file already, and Dagster's
    capturing of it would start two more processes; and it writes the same event log sooner.
    """
    home = workspace.dagster_home
    if not (home / DAGSTER_FILE).exists():
        write_in_place(home / DAGSTER_FILE, _TELEMETRY_OFF)
    write_in_place(home / COMMAND_FILE, _TELEMETRY_OFF + _NO_COMPUTE_LOGS + _EVENT_LOG)
    return home


def _dagster_environment(home: Path) -> dict[str, str]:
    """Where Dagster finds what is the workspace's; the event log lies where `dagster dev` looks for it."""
    return {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "BANDPASS_EVENT_LOG": str(home / "history" / "runs"),
    }


def run_log(workspace: Workspace, run_id: str) -> Path:
    return workspace.logs / f"run-{run_id}.log"


def execute(request: RunRequest, run_id: str | None = None) -> Mapping[str, Any]:
    """Run the main job to its end; returns the run's record.

    Raises the BandpassError that stopped it; nothing is published then.
    """
    check_request(request)
    run_id = run_id or str(uuid.uuid4())
    workspace = request.workspace
    _drop_old_logs(workspace.logs)
    home = prepare_dagster_home(workspace)
    with environment(_dagster_environment(home)), _plain_errors():
        logging.getLogger("bandpass").info("Starting Dagster")
        from dagster import DagsterInstance

        from orchestration.job import JOB, build_definitions
        from orchestration.resource import run_config

        job = build_definitions(workspace, project_folder()).resolve_job_def(JOB)
        with DagsterInstance.from_config(str(home), COMMAND_FILE) as instance:
            job.execute_in_process(instance=instance, run_id=run_id, run_config=run_config(request))
    return next(record for record in read_records(workspace.runs) if record["run_id"] == run_id)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Dagster wraps what goes wrong in a step or a resource; give the cause back."""
    try:
        yield
    except Exception as error:
        cause = bandpass_error(error)
        if cause is not None:
            raise cause from error
        raise
    except BaseException as error:
        if type(error).__name__ == "DagsterExecutionInterruptedError":
            raise KeyboardInterrupt from error
        raise


def bandpass_error(error: BaseException) -> BandpassError | None:
    """The BandpassError in the chain of causes, if there is one."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        found = todo.pop()
        if found is None or id(found) in seen:
            continue
        if isinstance(found, BandpassError):
            return found
        seen.add(id(found))
        todo += [found.__context__, found.__cause__, getattr(found, "user_exception", None)]
    return None


def _drop_old_logs(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[:-KEPT_LOGS]:
        path.unlink(missing_ok=True)


def dagster_command(workspace: Workspace) -> str:
    """How to look at the runs of a workspace in Dagster."""
    home = os.path.relpath(workspace.dagster_home)
    shown = workspace.dagster_home if home.startswith("..") else f"$PWD/{home}"
    return f"DAGSTER_HOME={shown} .venv/bin/dagster dev"
