"""`bandpass backtest`: what this policy would have done against fixed and naive re-tuning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from orchestration.commands.common import (
    DEFAULT_WORKSPACE,
    WorkspaceOption,
    as_json_text,
    err,
    open_workspace,
    out,
)
from orchestration.files import write_in_place
from orchestration.published import find_publication
from orchestration.session import connected
from orchestration.workspace import settings_in_effect

if TYPE_CHECKING:
    from orchestration.backtest.job import Backtest


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _table(title: str, scores: dict[str, Any], first: str) -> Table:
    from orchestration.backtest.page import LABELS

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("Policy", no_wrap=True)
    measures = ("SQLs\na week", "worked\na week", "changes\na year", "chance\nstated", "came\ntrue")
    for name in (first, "below", "above", *measures):
        table.add_column(name, justify="right", no_wrap=True)
    for name, found in scores.items():
        table.add_row(
            LABELS[name],
            _share(found.in_band),
            _share(found.below),
            _share(found.above),
            f"{found.sqls_per_week:.1f}",
            f"{found.worked_per_week:.0f}",
            f"{found.changes_per_year:.1f}",
            _share(found.stated_in_band),
            _share(found.realised_in_band),
            style="bold" if name == "bandpass" else "",
        )
    return table


def _show(result: Backtest, path: Path) -> None:
    site = result.site_policies()
    if result.site.why_not:
        out.print(result.site.why_not, highlight=False)
    else:
        told = ", ".join(f"{name} {found.told} of {found.periods}" for name, found in site.items())
        out.print(_table("Your own history, four-week periods", site, "periods\nin band"))
        out.print(f"Periods that the logged hand-offs can tell: {told}.", highlight=False)
    for size in sorted({walk.plan.leads_per_week for walk in result.walks}, reverse=True):
        title = f"\nSample worlds, {size} leads a week"
        out.print(_table(title, result.scores(leads_per_week=size), "weeks\nin band"))
    out.print(str(path), highlight=False, soft_wrap=True)


def backtest(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    worlds: Annotated[
        int,
        typer.Option(
            "--worlds", min=0, max=1000, metavar="N", help="Sample worlds of each of the 16 kinds; 0: none."
        ),
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=256, metavar="N", help="Processes; one per core otherwise."),
    ] = None,
) -> None:
    """Walk forward through your own history and through sample worlds: what would have been in band."""
    from orchestration.backtest.job import backtest as work
    from orchestration.backtest.page import to_html
    from orchestration.calibration.instants import as_of_end  # pandas is slow to import

    place = open_workspace(workspace)
    found = find_publication(place, None)
    settings = settings_in_effect(place)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as shown:
        task = shown.add_task("Your own history", total=None)

        def progress(done: int, planned: int) -> None:
            shown.update(task, description="Sample worlds", completed=done, total=planned)

        with connected(found.marts, read_only=True) as marts:
            result = work(
                marts,
                as_of_end(found.as_of, settings.zone),
                settings,
                worlds=worlds,
                workers=workers or os.cpu_count() or 1,
                progress=progress,
            )
    path = place.published / "backtest" / f"{found.as_of.isoformat()}.html"
    write_in_place(path, to_html(result, found.as_of))
    if as_json:
        typer.echo(as_json_text(result.as_json()))
    else:
        _show(result, path)
