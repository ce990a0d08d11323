"""Time and peak memory of the main job on a sample world (`make bench`); the argument is how many leads."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

BANDPASS = str(Path(sys.executable).with_name("bandpass"))


def main(leads: int) -> None:
    """Generate, run, and run again with nothing new; wall time of each and of each step."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bandpass-bench-") as folder:
        workspace = Path(folder)
        steps = {
            "generate": ["generate", "--out", str(workspace / "extracts"), "--leads", str(leads)],
            "run": ["run", "--workspace", folder],
            "run again": ["run", "--workspace", folder],
        }
        for name, arguments in steps.items():
            start = time.perf_counter()
            subprocess.run([BANDPASS, *arguments], check=True, capture_output=True)
            console.print(f"{name:<22}{time.perf_counter() - start:8.1f} s", highlight=False)
        (record,) = (json.loads(path.read_text()) for path in (workspace / "runs").glob("*.json"))
        for step in record["steps"]:
            console.print(f"  of it {step['step']:<14}{step['seconds']:8.1f} s", highlight=False)
        size = (workspace / "published" / "bandpass.duckdb").stat().st_size / 2**20
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    records = record["totals"]["records"]
    console.print(
        f"{leads:,} leads, {records:,} records; marts {size:.1f} MiB; largest process {peak:.2f} GiB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
