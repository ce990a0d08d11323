"""One segment (100,000 hand-offs, 200 draws: below 5 s of a core), and 20 channels beside it (below 2 s).

Run: .venv/bin/python benchmarks/bench_calibration.py
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "orchestration" / "calibration"))

from calibration_worlds import AS_OF, World

from orchestration.calibration.channels import split
from orchestration.calibration.method import calibrated

SIZES = (1_000, 10_000, 100_000)
CHANNELS = 20
TARGET_SECONDS, CHANNELS_TARGET_SECONDS = 5.0, 2.0


def main() -> int:
    slowest, slowest_channels = 0.0, 0.0
    for size in SIZES:
        world = World(leads_per_week=round(size / 0.43 / 51), weeks=51)
        handed, candidates = (
            frame.assign(channel=[f"channel {i % CHANNELS}" for i in range(len(frame))])
            for frame in world.make()
        )
        wall, cpu = time.perf_counter(), time.process_time()
        done = calibrated(handed, candidates, AS_OF, world.threshold)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        slowest = max(slowest, cpu)
        own = time.process_time()
        channels = len(split(done, {}).rows)
        own = time.process_time() - own
        slowest_channels = max(slowest_channels, own)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(
            f"{len(handed):>9,} hand-offs  {len(candidates):>8,} candidates  "
            f"{done.suggestion.status:<17} wall {wall:6.2f} s  cpu {cpu:6.2f} s  "
            f"{channels:>2} channels cpu {own:5.2f} s  peak {peak} MB\n"
        )
    return 0 if slowest < TARGET_SECONDS and slowest_channels < CHANNELS_TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
