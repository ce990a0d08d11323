"""Whether a run may keep what the build before it computed of leads that did not change since.

Only if nothing but rows can have changed: same settings, seeds and code, files exactly as the last good run
left them, an as-of day that is not older, and no date between the two days on which a rule, a threshold or a
mapping begins or ends (docs/decisions/incremental.md). In all other cases everything is computed anew.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.dbt import project_folder
from orchestration.fingerprint import code_files, combine, files_digest
from orchestration.records import day_or_none, last_good
from orchestration.session import RunSession

DATED_COLUMNS = ("valid_from", "valid_to", "effective_from")
logger = logging.getLogger("bandpass")


def left_behind(session: RunSession) -> dict[str, Any]:
    """What the next run compares with its own before it carries anything; asked once all is published."""
    workspace = session.workspace
    return {
        "digest": _digest(session),
        "files": [_facts(path) for path in (workspace.warehouse, workspace.marts())],
    }


def carries(session: RunSession) -> bool:
    """True if leads whose rows are as in the last good run need not be computed again."""
    request = session.request
    if request.full_refresh or request.restate or session.record.is_old_as_of:
        return False
    reason = _reason_to_start_anew(session, last_good(session.workspace.runs))
    if reason:
        logger.info("Computing all leads: %s", reason)
    return not reason


def _reason_to_start_anew(session: RunSession, last: Mapping[str, Any] | None) -> str | None:
    before = day_or_none(last.get("as_of")) if last else None
    if last is None or before is None or not last.get("carry"):
        return "there is no run before this one to carry from"
    if last["carry"] != left_behind(session):
        return "settings, seeds, code or files are not those of the last run"
    turning = dates_between(session.workspace.seeds.glob("*.csv"), before, session.day())
    if turning:
        return f"rules begin or end on {turning[0]}"
    return None


def dates_between(seeds: Iterable[Path], after: date, until: date) -> list[date]:
    """The dates in (after, until] on which a row of a seed begins or ends."""
    return sorted({day for path in seeds for day in _dates(path) if after < day <= until})


def _dates(seed: Path) -> Iterator[date]:
    with seed.open(newline="", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            for column in DATED_COLUMNS:
                text = (row.get(column) or "").strip()
                if text:
                    try:
                        yield date.fromisoformat(text[:10])
                    except ValueError:
                        # dbt refuses the seed and says where
                        continue


def _digest(session: RunSession) -> str:
    seeds = {path.name: path for path in session.workspace.seeds.glob("*.csv")}
    return combine(
        {
            "settings": session.settings.digest(),
            "seeds": files_digest(seeds.items()),
            "code": files_digest(code_files(project_folder())),
        }
    )


def _facts(path: Path) -> list[int]:
    if not path.exists():
        return []
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]
