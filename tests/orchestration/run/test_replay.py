"""N daily runs publish what one run over everything publishes, row for row, in each table of the funnel."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from daily_extracts import Delivery, deal

from tests.conftest import run_bandpass

OF_THE_RUNS = {
    "mart_data_quality",
    "mart_restatements",
    "mart_suggestion_outcomes",
    "mart_threshold_suggestions",
}
"""They tell what each run read, changed and suggested, so they differ with the number of runs."""
SETTINGS = "mql_basis: both\ntime_zone: America/New_York\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    done = run_bandpass(["generate", "--out", str(folder), "--leads", "150", "--weeks", "30", "--seed", "5"])
    assert done.returncode == 0, done.stderr
    return folder


def published(workspace: Path, deliveries: list[Delivery]) -> Path:
    """Run once on all the deliveries at once, added to what the workspace has had before."""
    for delivery in deliveries:
        shutil.copytree(delivery.folder, workspace / "extracts" / delivery.folder.name)
    (workspace / "bandpass.yml").write_text(SETTINGS)
    done = run_bandpass(["run", "--workspace", str(workspace), "--extracts", str(workspace / "extracts")])
    assert done.returncode == 0, done.stderr
    return workspace / "published" / "bandpass.duckdb"


def plain(value: Any) -> Any:
    """Comparable; numbers to six digits, as sums of doubles depend on the order of their rows."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return tuple((name, plain(part)) for name, part in value.items())
    if isinstance(value, list):
        return tuple(plain(part) for part in value)
    return value


def tables(marts: Path) -> dict[str, Counter[Any]]:
    with duckdb.connect(str(marts), read_only=True) as connection:
        names = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {
            name: Counter(plain(list(row)) for row in connection.execute(f"from marts.{name}").fetchall())
            for name in names
        }


def assert_replay_equals_refresh(world: Path, folder: Path, seed: int, runs: int) -> None:
    chance = random.Random(seed)
    with duckdb.connect() as connection:
        (days,) = connection.execute(
            "select list(distinct cast(activityDate as date) order by 1) from read_csv(?)",
            [str(world / "marketo" / "activities*.csv")],
        ).fetchone() or ([],)
    last = days[-1].isoformat()
    boundaries = [day.isoformat() for day in sorted(chance.sample(days[7:-7], runs - 1))]
    deliveries = deal(world, folder / "deliveries", [*boundaries, last], chance)
    for delivery in deliveries:
        daily = published(folder / "daily", [delivery])
    found, expected = tables(daily), tables(published(folder / "at-once", deliveries))
    assert expected["fct_mql_episodes"]
    assert expected["lead_aliases"]
    assert found.keys() == expected.keys()
    for name in expected.keys() - OF_THE_RUNS:
        rows = expected[name]
        surplus, missing = found[name] - rows, rows - found[name]
        assert surplus == missing == Counter(), f"{name}: {[*surplus][:3]} instead of {[*missing][:3]}"


def test_two_daily_runs_are_one_run_over_everything(world: Path, tmp_path: Path) -> None:
    assert_replay_equals_refresh(world, tmp_path, seed=1, runs=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_daily_runs_are_one_run_over_everything(world: Path, tmp_path: Path, seed: int) -> None:
    assert_replay_equals_refresh(world, tmp_path, seed=seed, runs=8)
