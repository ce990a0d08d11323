"""What people see in the terminal: progress, errors, and nothing of what the tools below log."""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from orchestration.errors import BandpassError

LOGGER = "bandpass"


class ProgressHandler(logging.Handler):
    """Each message a line with the time so far; in a terminal also a live last line."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self._start = time.monotonic()
        self._status: Status | None = None
        if console.is_terminal:
            self._status = console.status("")
            self._status.start()

    def emit(self, record: logging.LogRecord) -> None:
        message = escape(record.getMessage())
        elapsed = f"{time.monotonic() - self._start:5.1f} s"
        style = "yellow" if record.levelno >= logging.WARNING else "default"
        self._console.print(f"[dim]{elapsed}[/]  [{style}]{message}[/]", highlight=False, soft_wrap=True)
        if self._status is not None:
            self._status.update(f"[dim]{message}[/]")

    def close(self) -> None:
        if self._status is not None:
            self._status.stop()
        super().close()


@contextmanager
def progress_shown(log: Path) -> Iterator[None]:
    """Show what Bandpass says on standard error; send everything else that is printed to a log file."""
    with _output_to(log) as screen:
        handler = ProgressHandler(Console(file=screen))
        logger = logging.getLogger(LOGGER)
        level, propagate = logger.level, logger.propagate
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
            handler.close()


@contextmanager
def _output_to(log: Path) -> Iterator[TextIO]:
    """Send this process's output, and that of processes it starts, to a file; yields the old error stream."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = {number: os.dup(number) for number in (1, 2)}
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        for number in saved:
            os.dup2(target, number)
        with os.fdopen(os.dup(saved[2]), "w", encoding="utf-8", errors="replace", buffering=1) as screen:
            yield screen
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.close(target)
        for number, handle in saved.items():
            os.dup2(handle, number)
            os.close(handle)


def show_error(console: Console, error: BandpassError) -> None:
    """What is wrong, where, and what to do."""
    console.print(f"[bold red]Error[/]  {escape(error.what)}", highlight=False, soft_wrap=True)
    if error.where:
        console.print(f"[bold]Where[/]  {escape(error.where)}", highlight=False, soft_wrap=True)
    console.print(f"[bold]Fix[/]    {escape(error.fix)}", highlight=False, soft_wrap=True)


def keep_traceback(error: BaseException, folder: Path) -> Path:
    """Write the traceback of an unexpected error where it can be attached to a report."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "error.log"
    with path.open("a", encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)) + "\n")
    return path
