"""`bandpass doctor`: what extract files are, before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.commands.common import as_json_text, out
from orchestration.settings import Settings, load_settings
from orchestration.workspace import SETTINGS_FILE

if TYPE_CHECKING:
    from orchestration.loading.inspection import FileReport, Inspection

_SHOWN = 8
"""Names listed of a kind of columns; --json lists all."""


def doctor(
    extracts: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of extract files.")],
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="Describes extracts of no known vendor (YAML)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Look at extracts without loading them: what each file is, what is missing, how to export it.

    Large files are sampled. Exit code 1 if no file is recognised.
    """
    from orchestration.loading.inspection import inspect

    own = extracts.resolve().parent / SETTINGS_FILE
    settings = load_settings(own) if own.is_file() else Settings()
    found = inspect(extracts, mapping=mapping, time_zone=settings.source_time_zone)
    if as_json:
        typer.echo(as_json_text(_plain(found)))
    else:
        _show(found)
    if not any(file.vendor for file in found.files):
        raise typer.Exit(1)


def _plain(found: Inspection) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": file.path, "vendor": file.vendor, "object": file.object, "rows": file.rows,
                "sampled": file.is_sampled, "sure": file.is_sure, "refused": file.refused,
                "period_from": file.period_from, "period_to": file.period_to,
                "mapped": file.mapped, "unknown": file.unknown, "missing": file.missing,
                "empty": file.empty, "problems": file.problems,
            }
            for file in found.files
        ],
        "cannot_answer": [
            {"question": q.question, "because": q.because, "how": q.how} for q in found.cannot_answer
        ],
        "warnings": found.warnings,
        "time_zone": found.time_zone,
    }  # fmt: skip


def _show(found: Inspection) -> None:
    table = Table("file", "what it is", "rows", "period", "columns used / not used / missing", box=None)
    table.columns[2].justify = "right"
    for file in found.files:
        table.add_row(escape(file.path), _what(file), _rows(file), _period(file), _columns(file))
    out.print(table)
    for file in found.files:
        if file.problems or file.unknown or file.missing:
            out.print(f"\n[bold]{escape(file.path)}[/]", highlight=False)
        if file.unknown:
            _line(f"not used, kept in _extra: {_listed(file.unknown)}")
        if file.missing:
            _line(f"not in the file: {_listed(file.missing)}")
        for problem in file.problems:
            _line(problem)
    if found.cannot_answer:
        out.print("\n[bold]What these extracts can't answer[/]")
    for question in found.cannot_answer:
        out.print(f"[yellow]{escape(question.question)}[/] {escape(question.because)}", highlight=False)
        _line(f"How: {question.how}")
    if found.warnings:
        out.print("\n[bold]What the sources forget[/]")
    for warning in found.warnings:
        _line(warning)
    zone = f"Times without a zone are read as {found.time_zone}"
    out.print(f"\n{zone} (source_time_zone in {SETTINGS_FILE}, time_zone in a mapping).", highlight=False)


def _line(text: str) -> None:
    out.print(f"  {escape(text)}", highlight=False)


def _what(file: FileReport) -> str:
    if file.vendor is None:
        return "[red]not loaded[/]"
    return f"{file.vendor} {file.object}" + ("" if file.is_sure else " [yellow](unsure)[/]")


def _rows(file: FileReport) -> str:
    if file.rows is None:
        return ""
    refused = f" [red]({file.refused:,} refused)[/]" if file.refused else ""
    return f"{'about ' if file.is_sampled else ''}{file.rows:,}{refused}"


def _period(file: FileReport) -> str:
    if file.period_from is None or file.period_to is None:
        return ""
    return f"{file.period_from:%Y-%m-%d} – {file.period_to:%Y-%m-%d}"


def _columns(file: FileReport) -> str:
    return f"{len(file.mapped)} / {len(file.unknown)} / {len(file.missing)}" if file.vendor else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
