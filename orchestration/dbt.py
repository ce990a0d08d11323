"""How dbt is called: environment, arguments, and what its results mean for the user."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import DataError
from orchestration.settings import Settings
from orchestration.workspace import REPOSITORY

PROJECT_VARIABLE = "BANDPASS_DBT_PROJECT"
"""Another dbt project instead of the repository's; the tests use it."""


def project_folder() -> Path:
    return Path(os.environ.get(PROJECT_VARIABLE) or REPOSITORY / "dbt_project").resolve()


def seeds_folder(project: Path) -> Path:
    """The reference data that belongs to a dbt project: the folder `seeds` beside it."""
    return project.parent / "seeds"


def dbt_environment(*, warehouse: Path, marts: Path, seeds: Path, target: Path) -> dict[str, str]:
    return {
        "BANDPASS_WAREHOUSE": str(warehouse.resolve()),
        "BANDPASS_MARTS": str(marts.resolve()),
        "BANDPASS_SEEDS": str(seeds.resolve()),
        "DBT_TARGET_PATH": str(target.resolve()),
        "DBT_LOG_PATH": str(target.resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables and put the old ones back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def dbt_vars(settings: Settings, as_of: date, *, carry: bool = False) -> dict[str, Any]:
    """The settings that models read; with `carry`, unchanged leads keep what the last build says."""
    return {
        "carry": carry,
        "as_of": as_of.isoformat(),
        "time_zone": settings.time_zone,
        "horizon_days": settings.horizon_days.model_dump(),
        "cooldown_days": settings.cooldown_days,
        "mql_basis": settings.mql_basis,
        "score_basis": settings.score_basis,
        "channel_basis": settings.channel_basis,
        "handoff_evidence": list(settings.handoff_evidence),
        "business_days": settings.business_hours.iso_weekdays,
        "business_start_minute": settings.business_hours.start_minute,
        "business_end_minute": settings.business_hours.end_minute,
        "response_target_hours": settings.response_target_hours,
        "nurture_margin": settings.nurture_margin,
        "delay_window_days": settings.calibration.delay_window_days,
        "history_days": settings.calibration.history_days,
        "min_completeness": settings.calibration.min_completeness,
    }


def build_arguments(settings: Settings, as_of: date, *, carry: bool = False) -> list[str]:
    """`dbt build` of everything but the unit tests, which belong to `make test`."""
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    variables = json.dumps(dbt_vars(settings, as_of, carry=carry), sort_keys=True)
    return [*arguments, "--vars", variables]


@dataclass(frozen=True)
class BuildResult:
    """What dbt built and what its tests said."""

    built: int = 0
    passed: int = 0
    warned: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    messages: tuple[str, ...] = field(default=(), repr=False)
    seconds: float = 0.0


def read_results(target: Path, warehouse: Path | None = None) -> BuildResult | None:
    """The result of the dbt invocation whose artifacts lie in `target`; None if it did not get that far.

    With the warehouse it built, failed tests whose rows say what is wrong are quoted instead of counted.
    """
    path = target / "run_results.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    built = passed = 0
    warned, failed, problems, messages = [], [], [], []
    for result in content["results"]:
        kind, name = _node(result["unique_id"])
        status = result["status"]
        if status in ("success", "pass"):
            built += kind != "test"
            passed += kind == "test"
        elif status == "warn":
            warned.append(name)
        elif status in ("error", "fail"):
            failed.append(name)
            named = named_problems(warehouse, result.get("compiled_code")) if kind == "test" else []
            problems += named
            if not named:
                messages.append(f"{name}: {_first_lines(result.get('message'))}")
    # What a wrong seed breaks further on is shown after the seed itself.
    return BuildResult(
        built, passed, tuple(warned), tuple(failed), (*problems, *messages), content["elapsed_time"]
    )


def named_problems(warehouse: Path | None, query: str | None) -> list[str]:
    """What the rows of a failed test say (columns problem and fix); nothing where it has no such columns."""
    if warehouse is None or not warehouse.exists() or not query:
        return []
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            rows = connection.execute(f"select problem, fix from (\n{query}\n) order by all").fetchall()  # noqa: S608
    except duckdb.Error:
        # Most tests have no such columns, or read the marts: dbt's own message stands.
        return []
    return [f"{problem} ({fix})" for problem, fix in rows]


def build_failure(result: BuildResult | None, log: Path) -> DataError:
    """The failed dbt build in the words of someone who does not know dbt."""
    if result is None or not result.failed:
        return DataError(
            "The models could not be built; nothing is published",
            where=str(log),
            fix="read the end of that log.",
        )
    shown = "; ".join(result.messages[:3])
    more = f" (and {len(result.messages) - 3} more)" if len(result.messages) > 3 else ""
    return DataError(
        f"{len(result.failed)} model(s) or test(s) failed; nothing is published: {shown}{more}",
        where=str(log),
        fix="correct the data or the seed the message names, then run again.",
    )


def _node(unique_id: str) -> tuple[str, str]:
    kind, _, *rest = unique_id.split(".")
    return kind, rest[0] if rest else unique_id


def _first_lines(message: str | None, count: int = 2) -> str:
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    return " ".join(lines[:count])
