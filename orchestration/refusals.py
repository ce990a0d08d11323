"""When the extracts of a run are not what the models can use: said before anything is built."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from orchestration.errors import DataError
from orchestration.session import RunSession

logger = logging.getLogger("bandpass")


def refuse_unrecognised(session: RunSession) -> None:
    """Stop when there is no file at all that Bandpass knows how to read."""
    files = session.record.files
    if not any(file["vendor"] for file in files):
        names = ", ".join(file["path"] for file in files[:3])
        raise DataError(
            f"None of the {len(files)} file(s) was recognised as an extract: {names}",
            where=str(session.request.extracts),
            fix="check the folder, or describe the files in a mapping and give it with --mapping.",
        )


def vendors_read(manifest: Path) -> set[str]:
    """The vendors whose raw tables some model of the dbt project reads."""
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"].values()
    return {str(source["name"]).split("_", 1)[0] for source in sources if source["source_name"] == "raw"}


def refuse_unread(session: RunSession, vendors: set[str]) -> None:
    """Say which extracts are loaded but mean nothing to the models yet; stop when that is all of them."""
    known = [file for file in session.record.files if file["vendor"]]
    unread = sorted({str(file["vendor"]) for file in known if file["vendor"] not in vendors})
    if not vendors or not unread:
        return
    names = " and ".join(name.capitalize() for name in unread)
    if len(unread) == len({file["vendor"] for file in known}):
        raise DataError(
            f"{names} extracts are recognised, but no model reads them yet",
            where=str(session.request.extracts),
            fix="describe them in a mapping (docs/mapping.md) and give it with --mapping.",
        )
    logger.warning("%s extracts are kept, but no model reads them yet", names)
