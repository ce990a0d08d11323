"""With scores that move: does what the curve says of another threshold come true once it is in force?

Compares the scores a hand-off could be judged by: its peak until SQL, closing or 90 days; its score at
hand-off; its highest in the first 14 days (a landmark).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from orchestration.backtest.worlds import HandOffLog, Plan, ScoreKind, World
from orchestration.calibration import suggest
from orchestration.settings import Settings

BEFORE, NOW = 24.0, 34.0  # thresholds in force before the decision: half a year each
CHANGES = {"lowered": 26.0, "kept": 34.0, "raised": 42.0}
DECIDED = 56  # week
SETTLED = range(8, 28)  # weeks after the change: leads that waited between the thresholds are through
FIRST = range(4)


@dataclass(frozen=True)
class Promise:
    """What one kind of score promised for one change, and what came: final rate (share) and leads a week,
    settled, and in the first four weeks.
    """

    kind: ScoreKind
    change: str
    seed: int
    rate: float
    mqls: float
    came_rate: float
    came_mqls: float
    first_rate: float
    first_mqls: float


def promises(seed: int, settings: Settings, *, leads_per_week: int = 400) -> Iterator[Promise]:
    """All kinds of scores and changes in one steady market with moving scores."""
    log = HandOffLog(World(Plan("calm", leads_per_week, True, seed, drift=0.0)))
    for week in range(DECIDED):
        log.run_week(BEFORE if week < DECIDED // 2 else NOW)
    curves = {}
    for kind in get_args(ScoreKind):
        known = log.known(kind)
        curves[kind] = suggest(known.handed, known.candidates, known.as_of, NOW, settings).curve
    for change, threshold in CHANGES.items():
        future = log.branch()
        weekly = np.array([future.run_week(threshold) for _ in range(SETTLED.stop)], dtype=np.float64)
        settled, first = weekly[list(SETTLED)], weekly[list(FIRST)]
        for kind, curve in curves.items():
            row = curve.iloc[int((curve["threshold"] - threshold).abs().to_numpy().argmin())]
            yield Promise(
                kind=kind,
                change=change,
                seed=seed,
                rate=float(row["rate"]),
                mqls=float(row["mqls_per_week"]),
                came_rate=float(settled[:, 1].sum() / settled[:, 0].sum()),
                came_mqls=float(settled[:, 0].mean()),
                first_rate=float(first[:, 1].sum() / first[:, 0].sum()),
                first_mqls=float(first[:, 0].mean()),
            )


def bias(found: list[Promise]) -> pd.DataFrame:
    """Per kind of score and change: mean promised and come rates and volumes, their mean difference with its
    standard error.
    """
    frame = pd.DataFrame(found)
    frame["rate_bias"] = frame["rate"] - frame["came_rate"]
    frame["mqls_bias"] = frame["mqls"] / frame["came_mqls"] - 1
    groups = frame.groupby(["kind", "change"], sort=False)
    table = groups[
        ["rate", "came_rate", "rate_bias", "first_rate", "mqls", "came_mqls", "mqls_bias", "first_mqls"]
    ].mean()
    table["rate_bias_error"] = groups["rate_bias"].sem()
    return table.reset_index()
