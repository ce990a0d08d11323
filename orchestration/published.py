"""Finding what is published in a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.errors import UsageError
from orchestration.publish import published_as_of
from orchestration.workspace import Workspace


@dataclass(frozen=True)
class Published:
    """A published marts file and the day it is for."""

    marts: Path
    as_of: date
    is_old: bool


def find_publication(workspace: Workspace, as_of: date | None) -> Published:
    """The current publication, or the one rebuilt as of an older day."""
    current = published_as_of(workspace.marts())
    if current is None:
        raise UsageError(
            "Nothing is published in this workspace yet",
            where=str(workspace.root),
            fix="run `bandpass run --workspace DIR --extracts DIR` first, or `bandpass demo`.",
        )
    if as_of is None or as_of == current:
        return Published(workspace.marts(), current, is_old=False)
    old = workspace.marts(as_of)
    if published_as_of(old) == as_of:
        return Published(old, as_of, is_old=True)
    raise UsageError(
        f"Nothing is published as of {as_of}; the current files are as of {current}",
        where=str(workspace.root),
        fix=f"run `bandpass run --as-of {as_of}` first.",
    )
