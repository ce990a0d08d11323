"""`bandpass run`: the main job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.commands.common import (
    DEFAULT_WORKSPACE,
    AsOfOption,
    WorkspaceOption,
    day_option,
    open_workspace,
    out,
)
from orchestration.session import RunRequest, check_request
from orchestration.summary import show_summary
from orchestration.terminal import progress_shown


def run(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    extracts: Annotated[
        Path | None,
        typer.Option("--extracts", metavar="DIR", help="Folder of extract files. [default: DIR/extracts]"),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="Describes extracts of no known vendor (YAML)."),
    ] = None,
    as_of: AsOfOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild everything from the raw rows.")
    ] = False,
    restate: Annotated[
        bool,
        typer.Option("--restate", help="Let changed rules change published decisions; logged and reported."),
    ] = False,
) -> None:
    """Load extracts, build and check the marts, calibrate, report, publish.

    Nothing is published unless every step and check succeeds. Without --as-of the day of the newest
    record counts; an older day is published beside the current files, under published/as-of/.
    Published decisions are frozen: a rule changed for the past is refused, unless --restate is given.
    """
    place = open_workspace(workspace)
    request = RunRequest(
        workspace=place,
        extracts=extracts.resolve() if extracts else place.extracts,
        mapping=mapping.resolve() if mapping else None,
        as_of=day_option(as_of),
        full_refresh=full_refresh,
        restate=restate,
    )
    show_summary(out, request.workspace, run_or_skip(request))


def run_or_skip(request: RunRequest) -> Mapping[str, Any]:
    """Execute the job, unless the same run has been published already; returns the run's record."""
    from orchestration.unchanged import unchanged_since

    check_request(request)
    record = unchanged_since(request)
    if record is not None:
        out.print("Nothing new since the last run: same extracts, settings, seeds and code.", highlight=False)
        return record
    import uuid

    from orchestration.run import execute, run_log

    run_id = str(uuid.uuid4())
    with progress_shown(run_log(request.workspace, run_id)):
        return execute(request, run_id)
