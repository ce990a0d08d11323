"""Which files of an extracts folder may be read at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import DataError, UsageError

MAPPING_FILE = "bandpass.mapping.yml"
MANIFEST_FILE = "bandpass.manifest.yml"

TRUTH_FOLDER = "truth"
"""Holds what a sample world really did; the pipeline must never see it."""

_OUR_OWN = {MAPPING_FILE, "bandpass.yml"}


@dataclass(frozen=True)
class Found:
    """A file of the extracts folder; `refused` says why it must not be read."""

    path: Path
    name: str
    refused: str | None = None


def find_files(extracts: Path) -> list[Found]:
    """All files below the folder in name order; dot-files, dot-folders and `truth` are passed over.

    Raises UsageError where there is no such folder, DataError where it holds no file.
    """
    if not extracts.is_dir():
        raise UsageError(
            "The extracts folder does not exist" if not extracts.exists() else "This is not a folder",
            where=str(extracts),
            fix="give the folder that holds the extract files, for example --extracts workspace/extracts.",
        )
    root = extracts.resolve()
    found = [_judged(path, extracts, root) for path in _walk(extracts)]
    found = [file for file in found if file.name not in _OUR_OWN and file.path.name != MANIFEST_FILE]
    if not found:
        raise DataError(
            "The extracts folder holds no file",
            where=str(extracts),
            fix="put the CSV, JSON lines or Parquet extracts there, or try `bandpass demo`.",
        )
    return sorted(found, key=lambda file: file.name)


def _walk(folder: Path) -> list[Path]:
    paths: list[Path] = []
    # Links to folders are not followed: they could lead out of the folder or in circles.
    for base, folders, files in os.walk(folder, followlinks=False):
        linked = [name for name in folders if (Path(base) / name).is_symlink() and not name.startswith(".")]
        folders[:] = [
            name for name in folders if not name.startswith(".") and name.casefold() != TRUTH_FOLDER
        ]
        paths.extend(Path(base) / name for name in [*files, *linked] if not name.startswith("."))
    return paths


def _judged(path: Path, extracts: Path, root: Path) -> Found:
    name = path.relative_to(extracts).as_posix()
    if path.is_symlink():
        target = path.resolve()
        inside = target.is_relative_to(root)
        hidden = inside and any(
            part.startswith(".") or part.casefold() == TRUTH_FOLDER for part in target.relative_to(root).parts
        )
        if not inside or hidden:
            return Found(
                path, name, "It is a link that leads out of the extracts folder; copy the file itself."
            )
    if not path.is_file():
        return Found(path, name, "It is not a regular file.")
    return Found(path, name)
