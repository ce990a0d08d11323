"""Files: named in SQL, and moved so that a reader or a crash never sees half of one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

_FICLONE = 0x40049409
"""The Linux request that shares the blocks of two files (btrfs, XFS); other file systems refuse it."""

PUBLISHED_MODE = 0o444


def copy_file(source: Path, target: Path) -> None:
    """Copy the content; without moving a byte where the file system can share blocks."""
    with source.open("rb") as reader, target.open("wb") as writer, contextlib.suppress(OSError):
        fcntl.ioctl(writer.fileno(), _FICLONE, reader.fileno())
        return
    shutil.copyfile(source, target)


def sync_file(path: Path) -> None:
    """Return only when the file's content is on the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Return only when the names in the folder are on the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def sql_text(path: Path) -> str:
    """The path as an SQL literal, quotes included."""
    return "'" + str(path).replace("'", "''") + "'"


def put_in_place(source: Path, target: Path, *, mode: int | None = None) -> None:
    """Replace `target` by `source` in one step that survives a power cut.

    Whoever has the old file open keeps reading the old file. Both must lie on one file system.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if mode is not None:
        source.chmod(mode)
    sync_file(source)
    os.replace(source, target)
    sync_folder(target.parent)


def write_in_place(target: Path, text: str, *, mode: int | None = None) -> None:
    """Write a text file whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as writer:
            writer.write(text)
        put_in_place(temporary, target, mode=mode if mode is not None else 0o644)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
