"""How long one segment takes: 100,000 hand-offs, 200 draws, target below 5 s.

Run: .venv/bin/python benchmarks/bench_calibration.py
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "orchestration" / "calibration"))

from calibration_worlds import AS_OF, World

from orchestration.calibration import suggest

SIZES = (1_000, 10_000, 100_000)
TARGET_SECONDS = 5.0


def main() -> int:
    slowest = 0.0
    for size in SIZES:
        world = World(leads_per_week=round(size / 0.43 / 51), weeks=51)
        handed, candidates = world.make()
        wall, cpu = time.perf_counter(), time.process_time()
        found = suggest(handed, candidates, AS_OF, world.threshold)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        slowest = max(slowest, cpu)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(
            f"{len(handed):>9,} hand-offs  {len(candidates):>8,} candidates  {found.status:<8} "
            f"wall {wall:6.2f} s  cpu {cpu:6.2f} s  peak {peak} MB\n"
        )
    return 0 if slowest < TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
