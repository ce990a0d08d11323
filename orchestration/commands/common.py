"""What the commands share: options, consoles, and how errors reach people."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup
from typer.exceptions import TyperException

from orchestration.asof import parse_day
from orchestration.errors import BandpassError
from orchestration.terminal import keep_traceback, show_error
from orchestration.workspace import DEFAULT_FOLDER, Workspace


@dataclass
class Session:
    """Of this call of the command."""

    debug: bool = False
    logs: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))


session = Session()
out = Console()
err = Console(stderr=True)

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", metavar="DIR", help="Folder that holds everything of this funnel.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="Use only what was known by the end of it."),
]
DEFAULT_WORKSPACE = Path(DEFAULT_FOLDER)


def open_workspace(folder: Path) -> Workspace:
    workspace = Workspace.at(folder)
    session.logs = workspace.logs
    return workspace


def day_option(text: str | None) -> date | None:
    return parse_day(text, "--as-of") if text else None


def as_json_text(content: Any) -> str:
    """One JSON object that any parser takes: not-a-number becomes null, times become ISO text."""
    return json.dumps(_plain(content), ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value


class Commands(TyperGroup):
    """Turns exceptions into what people are told: 1 the data or a check, 2 wrong use or settings."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            err.print("[bold]Stopped.[/] What was published before is untouched.")
            raise typer.Exit(130) from error
        except BandpassError as error:
            if session.debug:
                raise
            show_error(err, error)
            raise typer.Exit(error.exit_code) from error
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if session.debug:
                raise
            log = keep_traceback(error, session.logs)
            what = BandpassError(
                f"Something unexpected went wrong: {type(error).__name__}: {error}",
                where=str(log),
                fix="the log holds the details; run again with --debug to see them here. "
                "What was published before is untouched.",
            )
            show_error(err, what)
            raise typer.Exit(1) from error
