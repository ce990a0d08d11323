"""Whether a run would change anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.dbt import project_folder, seeds_folder
from orchestration.fingerprint import (
    Listing,
    code_files,
    combine,
    files_digest,
    list_extracts,
    listing_digest,
    optional_file_digest,
)
from orchestration.publish import published_as_of
from orchestration.records import day_or_none, last_good
from orchestration.session import RunRequest
from orchestration.workspace import seed_files, settings_in_effect


def run_fingerprint(request: RunRequest, listing: Listing) -> str:
    """Digest of everything the published files depend on.

    The decisions and the settings are read as they stand now: a run may itself add to both.
    """
    project = project_folder()
    return combine(
        {
            "extracts": listing_digest(listing),
            "folder": str(request.extracts),
            "mapping": optional_file_digest(request.mapping),
            "as_of": request.as_of.isoformat() if request.as_of else "",
            "settings": settings_in_effect(request.workspace).digest(),
            "seeds": files_digest(seed_files(request.workspace, seeds_folder(project)).items()),
            "code": files_digest(code_files(project)),
            "decisions": optional_file_digest(request.workspace.decisions),
        }
    )


def unchanged_since(request: RunRequest) -> Mapping[str, Any] | None:
    """The record of the last good run, if the same run again would publish the very same tables."""
    record = last_good(request.workspace.runs)
    if request.full_refresh or request.restate or record is None:
        return None
    if record.get("fingerprint") != run_fingerprint(request, list_extracts(request.extracts)):
        return None
    as_of = day_or_none(record.get("as_of"))
    if as_of is None or not request.workspace.report(as_of).exists():
        return None
    return record if published_as_of(request.workspace.marts()) == as_of else None
