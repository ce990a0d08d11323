"""`bandpass report`: the weekly report alone."""

from __future__ import annotations

from orchestration.commands.common import (
    DEFAULT_WORKSPACE,
    AsOfOption,
    WorkspaceOption,
    day_option,
    open_workspace,
    out,
)
from orchestration.files import write_in_place
from orchestration.published import find_publication
from orchestration.session import connected
from orchestration.workspace import settings_in_effect


def report(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_of: AsOfOption = None) -> None:
    """Render the weekly report from the published marts."""
    from orchestration.reporting import render

    place = open_workspace(workspace)
    found = find_publication(place, day_option(as_of))
    settings = settings_in_effect(place)
    with connected(found.marts, read_only=True) as marts:
        html = render(marts, as_of_day=found.as_of, settings=settings)
    path = place.report(found.as_of, is_old=found.is_old)
    write_in_place(path, html)
    out.print(str(path), highlight=False, soft_wrap=True)
