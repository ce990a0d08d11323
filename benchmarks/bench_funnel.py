"""Time of the funnel marts beyond the scoring, on a sample world; the argument is how many leads.

Measured are the models that `marts.funnel` and `marts.attribution` need and dim_leads, scores, episodes and
hand-offs do not, and what Python estimates from them (small campaigns, forecast). The rest is built once,
before, and stays with --keep.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
from rich.console import Console

from benchmarks.bench_scoring import THREADS, connect, dbt, measured, show, work_folder
from orchestration.dbt import project_folder, seeds_folder
from orchestration.forecast.job import write_forecast
from orchestration.loading import load, record_time_range
from orchestration.publish import create_marts
from orchestration.sample import generate
from orchestration.settings import Settings
from orchestration.shrinkage.job import write_small_campaigns

TARGET_SECONDS = 15.0
FUNNEL = ("+marts.funnel", "+marts.attribution")
BEFORE = ("+dim_leads", "+fct_lead_scores", "+fct_mql_episodes", "+fct_handoffs")
BUILD = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def make_world(folder: Path, leads: int, extracts: Path | None) -> None:
    """Load sample extracts, or those of a folder."""
    if extracts is None:
        extracts = folder / "extracts"
        generate(extracts, leads=leads, weeks=78, fmt="parquet")
    create_marts(folder / "bandpass.duckdb")
    with connect(folder) as connection:
        load(extracts, connection, settings=Settings(), mapping=None)


def newest_day(folder: Path) -> date:
    with connect(folder) as connection:
        span = record_time_range(connection)
    if span is None:
        raise RuntimeError("the extracts hold no record")
    return span[1].date()


def estimate(folder: Path, as_of: date) -> dict[str, float]:
    """Seconds of each table that Python estimates."""
    seconds = {}
    with duckdb.connect(str(folder / "bandpass.duckdb")) as marts:
        marts.execute(f"attach '{folder / 'warehouse.duckdb'}' as warehouse (read_only)")
        marts.execute(f"set threads = {THREADS}; set TimeZone = 'UTC'; set enable_progress_bar = false")
        for write in (write_small_campaigns, write_forecast):
            start = time.perf_counter()
            write(marts, as_of=as_of, settings=Settings())
            seconds[write.__name__] = time.perf_counter() - start
    return seconds | {"(all)": sum(seconds.values())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("leads", type=int, nargs="?", default=50_000)
    parser.add_argument("--extracts", type=Path, help="sample extracts made before, instead of new ones")
    parser.add_argument("--keep", type=Path, help="folder to work in and to leave behind")
    options = parser.parse_args()
    console = Console(width=160)
    say = partial(console.print, highlight=False)
    with work_folder(options.keep) as folder:
        is_built = (folder / "built").exists()
        if not is_built:
            measured(make_world, folder, options.leads, options.extracts)
        as_of = newest_day(folder)
        variables = ("--vars", json.dumps({"as_of": as_of.isoformat()}))
        if not is_built:
            shutil.copytree(seeds_folder(project_folder()), folder / "seeds", dirs_exist_ok=True)
            show(console, "everything, once", measured(dbt, folder, "build", *BUILD, *variables).result)
            (folder / "built").touch()
        # What dbt itself takes of the processor to start and to read the project.
        itself = measured(dbt, folder, "seed", *variables).cpu
        models = measured(dbt, folder, "run", "--select", *FUNNEL, "--exclude", *BEFORE, *variables)
        show(console, "funnel marts", models.result)
        tables = measured(estimate, folder, as_of)
        show(console, "estimates", tables.result)
        seconds = models.result["(all)"] + tables.result["(all)"]
        with connect(folder) as connection:
            leads, activities, episodes = (
                count_rows(connection, table) for table in ("dim_leads", "fct_activities", "fct_mql_episodes")
            )
        say(
            f"{leads:,} leads, {activities:,} activities, {episodes:,} episodes: {seconds:.1f} s "
            f"({models.result['(all)']:.1f} s models, {tables.result['(all)']:.1f} s estimates); "
            f"{models.cpu - itself + tables.cpu:.1f} s of processor (target {TARGET_SECONDS:.0f} s), "
            f"{max(models.memory, tables.memory):.2f} GiB"
        )


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from bandpass.marts.{table}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
