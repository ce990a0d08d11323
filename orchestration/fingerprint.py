"""A digest of all a run depends on: equal digests mean that a run would change nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from orchestration.workspace import REPOSITORY

UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", "~")
CODE_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".csv", ".j2", ".css", ".md"}

Listing = dict[str, tuple[int, int]]


def list_extracts(folder: Path) -> Listing:
    """Size and modification time of each extract file; hidden and unfinished ones are left out."""
    listing: Listing = {}
    if not folder.is_dir():
        return listing
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or name.endswith(UNFINISHED) or not path.is_file():
            continue
        facts = path.stat()
        listing[name] = (facts.st_size, facts.st_mtime_ns)
    return listing


def listing_digest(listing: Mapping[str, tuple[int, int]]) -> str:
    return _digest(json.dumps(sorted(listing.items())).encode())


def files_digest(files: Iterable[tuple[str, Path]]) -> str:
    """Digest of names and contents, whatever the order the files come in."""
    return _digest(*(part for name, path in sorted(files) for part in (name.encode(), path.read_bytes())))


def code_files(project: Path, repository: Path = REPOSITORY) -> list[tuple[str, Path]]:
    """What computes the result: the package, the dbt project, and the pinned versions."""
    found = [repository / "requirements.txt", *(repository / "orchestration").rglob("*"), *project.rglob("*")]
    skipped = {"target", "logs", "dbt_packages", "__pycache__"}
    return [
        (path.as_posix(), path)
        for path in found
        if path.is_file()
        and (path.suffix in CODE_SUFFIXES or path.name == "requirements.txt")
        and not skipped.intersection(path.parts)
    ]


def combine(parts: Mapping[str, str]) -> str:
    """One digest of several named ones."""
    return _digest(json.dumps(dict(sorted(parts.items()))).encode())


def optional_file_digest(path: Path | None) -> str:
    return _digest(path.read_bytes()) if path is not None and path.is_file() else ""


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]
