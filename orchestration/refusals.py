"""When nothing in the extracts of a run is recognised: said before anything is built."""

from __future__ import annotations

from orchestration.errors import DataError
from orchestration.session import RunSession


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
