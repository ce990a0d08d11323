"""One run at a time in a workspace."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.errors import BandpassError


class WorkspaceBusyError(BandpassError):
    """Another run holds the workspace."""


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the workspace for this process.

    The kernel drops the lock with the process, however it ends, so a killed run blocks nobody.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusyError(
                "Another run is working on this workspace",
                where=f"{path.parent}, process {_holder(handle)}",
                fix="wait until it is done, or use another --workspace.",
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    return os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
