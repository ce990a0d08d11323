"""`runs/<run id>.json`: what a run loaded, built and refused, how long it took, and how it ended."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from orchestration.errors import BandpassError
from orchestration.files import write_in_place

logger = logging.getLogger("bandpass")

HEADINGS = {
    "prepare": "Preparing the work copy",
    "load": "Loading the extracts",
    "build": "Building and testing the models",
    "calibrate": "Calibrating the threshold",
    "watch": "Watching the rate, the delays and what suggestions came to",
    "estimate": "Forecasting, and judging small campaigns",
    "report": "Rendering the weekly report",
    "publish": "Publishing",
}
State = Literal["running", "published", "failed", "killed"]
PACKAGES = ("bandpass", "dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb")


def _now() -> str:
    """Run records tell when work was done; no result depends on it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    return {"python": sys.version.split()[0]} | {name: version(name) for name in PACKAGES}


@dataclass
class RunRecord:
    """One run; becomes its JSON file field by field."""

    run_id: str
    state: State = "running"
    started_at: str = field(default_factory=_now)
    finished_at: str | None = None
    as_of: str | None = None
    is_old_as_of: bool = False
    extracts: str | None = None
    requested: dict[str, Any] = field(default_factory=dict)
    settings_hash: str | None = None
    mql_basis: str | None = None
    fingerprint: str | None = None
    carry: dict[str, Any] = field(default_factory=dict)
    leads: dict[str, int] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    built: dict[str, Any] = field(default_factory=dict)
    suggestions: list[str] = field(default_factory=list)
    restatements: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    marts: str | None = None
    report: str | None = None
    error: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=versions)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note how long a step took, and why if it failed."""
        logger.info(HEADINGS.get(name, name))
        start = time.perf_counter()
        try:
            yield
        except BaseException as error:
            self.error = self.error or describe_error(error, name)
            raise
        finally:
            self.steps.append({"step": name, "seconds": round(time.perf_counter() - start, 3)})

    def seconds(self) -> float:
        return sum(float(step["seconds"]) for step in self.steps)

    def close(self, state: State) -> None:
        self.state = state
        self.finished_at = _now()

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.run_id}.json"
        write_in_place(path, json.dumps(asdict(self), indent=2, ensure_ascii=False, default=str) + "\n")
        return path


def describe_error(error: BaseException, step: str) -> dict[str, Any]:
    if isinstance(error, BandpassError):
        return {
            "step": step,
            "what": error.what,
            "where": error.where,
            "fix": error.fix,
            "exit_code": error.exit_code,
        }
    return {
        "step": step,
        "what": f"{type(error).__name__}: {error}",
        "where": None,
        "fix": None,
        "exit_code": 1,
    }


def read_records(folder: Path) -> list[dict[str, Any]]:
    """All run records, oldest first; a damaged one is left out."""
    records = []
    for path in folder.glob("*.json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and "run_id" in content:
            records.append(content)
    return sorted(records, key=lambda record: (str(record.get("finished_at")), record["run_id"]))


def last_good(folder: Path) -> dict[str, Any] | None:
    """The run that published the current files."""
    good = [r for r in read_records(folder) if r.get("state") == "published" and not r.get("is_old_as_of")]
    return good[-1] if good else None


def record_killed(folder: Path, run_id: str) -> None:
    """A run that left its work behind and wrote no record was killed."""
    path = folder / f"{run_id}.json"
    if not path.exists():
        error = {
            "step": None,
            "what": "The run was killed",
            "where": None,
            "fix": "run again.",
            "exit_code": 1,
        }
        record = RunRecord(run_id=run_id, error=error, versions={})
        record.close("killed")
        record.write(folder)


def day_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
