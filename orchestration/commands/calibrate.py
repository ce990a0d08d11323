"""`bandpass calibrate`: the calibration alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands.common import (
    DEFAULT_WORKSPACE,
    AsOfOption,
    WorkspaceOption,
    as_json_text,
    day_option,
    err,
    open_workspace,
    out,
)
from orchestration.files import copy_file
from orchestration.locking import run_lock
from orchestration.published import find_publication
from orchestration.session import connected
from orchestration.summary import show_suggestions, suggestion_rows
from orchestration.workspace import MARTS_FILE, settings_in_effect


def calibrate(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_of: AsOfOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Suggest a threshold from the published marts; records the suggestion, publishes nothing."""
    from orchestration.calibration.job import calibrate as work

    place = open_workspace(workspace)
    found = find_publication(place, day_option(as_of))
    settings = settings_in_effect(place)
    place.work.mkdir(parents=True, exist_ok=True)
    with run_lock(place.lock), tempfile.TemporaryDirectory(prefix="calibrate-") as folder:
        copy = Path(folder) / MARTS_FILE
        copy_file(found.marts, copy)
        with err.status("Calibrating"), connected(copy) as marts:
            suggestions = work(marts, as_of_day=found.as_of, settings=settings, decisions=place.decisions)
            rows = suggestion_rows(marts, [suggestion.suggestion_id for suggestion in suggestions])
    if as_json:
        typer.echo(as_json_text({"suggestions": rows}))
    else:
        show_suggestions(out, rows, settings.band, in_full=True)
