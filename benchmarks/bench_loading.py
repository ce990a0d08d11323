"""Loading Marketo activities against DuckDB's plain typed read_csv of the same file (`make bench`).

The argument is how many activities. Each side runs in a process of its own, so that its peak memory is known;
several rounds in turn, since machines drift: the ratio is the median of the rounds.
"""

# The SQL is our own.
# ruff: noqa: S608

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from rich.console import Console

COLUMNS = {
    "marketoGUID": "VARCHAR", "leadId": "VARCHAR", "activityDate": "TIMESTAMP", "activityTypeId": "VARCHAR",
    "campaignId": "VARCHAR", "primaryAttributeValueId": "VARCHAR", "primaryAttributeValue": "VARCHAR",
    "attributes": "JSON",
}  # fmt: skip
"""As the raw table has them."""
FULL, ROUNDS_OF_FULL = 5_000_000, 3


def generate(path: Path, rows: int) -> None:
    """A bulk extract: `null`, ISO times, commas in text, JSON attributes with doubled quotes, mixed types."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1500MB'; SET preserve_insertion_order = false")
        connection.execute(
            f"""
            COPY (
                SELECT {rows} * 7 + i AS marketoGUID, 1000000 + hash(i) % 400000 AS leadId,
                    strftime(TIMESTAMP '2025-01-01' + INTERVAL 1 SECOND * (i * 31536000 // {rows}),
                        '%Y-%m-%dT%H:%M:%SZ') AS activityDate,
                    [1, 2, 6, 7, 10, 11, 13, 22][(1 + hash(i, 1) % 8)::BIGINT] AS activityTypeId,
                    CASE WHEN hash(i, 2) % 3 > 0 THEN (20000 + hash(i, 2) % 900)::VARCHAR ELSE 'null' END
                        AS campaignId,
                    (100 + hash(i, 3) % 500)::VARCHAR AS primaryAttributeValueId,
                    'www.example.com/page/' || hash(i, 3) % 500 || ', part ' || hash(i, 4) % 9
                        AS primaryAttributeValue,
                    CASE WHEN hash(i, 1) % 8 = 6 THEN
                        '{{"Source":"Web form fillout","New Value":"' || hash(i, 5) % 1000
                        || '","Old Value":null,"Reason":"Form fill-out, URL"}}'
                    ELSE '{{"Webpage URL":"/page/' || hash(i, 3) % 500
                        || '","Client IP Address":"203.0.113.' || hash(i, 6) % 256
                        || '","User Agent":"Mozilla/5.0 (X11; Linux x86_64)","Query Parameters":""}}' END
                        AS attributes
                FROM range({rows}) t(i)
            ) TO '{path}' (HEADER, DELIMITER ',')
            """
        )


def floor(path: Path, warehouse: Path) -> None:
    """What is compared with: DuckDB's reader, told the types."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(
            "CREATE TABLE activity AS FROM read_csv($path, header = true, auto_detect = false, delim = ',',"
            " quote = '\"', escape = '\"', nullstr = ['', 'null'], columns = $columns)",
            {"path": str(path), "columns": COLUMNS},
        )


def ours(path: Path, warehouse: Path) -> None:
    """The load as a run does it."""
    from orchestration.loading import load
    from orchestration.session import connected
    from orchestration.settings import Settings

    with connected(warehouse) as connection:
        load(path.parent, connection, settings=Settings(), mapping=None)


def measured(side: str, path: Path, warehouse: Path) -> tuple[float, float]:
    """Seconds and peak GiB of one side in a fresh process, of an empty warehouse."""
    warehouse.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_loading", side, str(path), str(warehouse)],
        check=True,
        capture_output=True,
    )
    report = json.loads(done.stdout)
    return report["seconds"], report["peak"]


def main(rows: int) -> None:
    console = Console()
    rounds = ROUNDS_OF_FULL if rows <= FULL else 1
    with tempfile.TemporaryDirectory(prefix="bandpass-bench-") as folder:
        extracts = Path(folder) / "extracts"
        extracts.mkdir()
        path, warehouse = extracts / "activities.csv", Path(folder) / "warehouse.duckdb"
        generate(path, rows)
        size = path.stat().st_size / 2**30
        found = [{side: measured(side, path, warehouse) for side in ("floor", "ours")} for _ in range(rounds)]
    for side, name in (("floor", "read_csv with types"), ("ours", "load")):
        seconds = statistics.median(one[side][0] for one in found)
        peak = max(one[side][1] for one in found)
        console.print(f"{name:<22}{seconds:8.1f} s{peak:8.2f} GiB", highlight=False)
    ratio = statistics.median(one["ours"][0] / one["floor"][0] for one in found)
    console.print(
        f"{rows:,} activities, {size:.2f} GiB, {rounds} rounds: {ratio:.2f} times as long", highlight=False
    )


def _side(side: str, path: Path, warehouse: Path) -> None:
    start = time.perf_counter()
    {"floor": floor, "ours": ours}[side](path, warehouse)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _side(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000)
