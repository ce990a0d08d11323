"""The `bandpass` command."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from orchestration.commands import (
    backtest,
    calibrate,
    common,
    demo,
    doctor,
    generate,
    report,
    run,
    thresholds,
)

app = typer.Typer(
    cls=common.Commands,
    name="bandpass",
    help="Measures a B2B marketing funnel and keeps its lead-score threshold honest.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 done · 1 the data or a check failed, nothing published · 2 wrong use or settings.",
)

for command in (
    demo.demo,
    run.run,
    doctor.doctor,
    generate.generate,
    calibrate.calibrate,
    backtest.backtest,
    report.report,
):
    app.command()(command)
app.add_typer(thresholds.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bandpass {version('bandpass')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command."""
    common.session.debug = debug


def main() -> None:
    """Entry point; `--debug` is understood before and after the command's name."""
    arguments = sys.argv[1:]
    if "--debug" in arguments:
        arguments = ["--debug", *(argument for argument in arguments if argument != "--debug")]
    app(args=arguments)
