"""Channels of known size that convert better or worse than each other at one score (reference/calibration.md
4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from calibration_worlds import AS_OF
from numpy.typing import NDArray
from scipy.special import expit, logit

SIZES = (200, 100, 60, 30, 15, 10, 6, 4)
REFERENCE = 100 * np.random.default_rng(0).beta(2.6, 2.6, 40_000)


def base_rate(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Monotone, not logistic: flat at the bottom, steep in the middle, flat at the top."""
    return 0.005 + 0.33 / (1 + np.exp(-(score - 62) / 9)) + 0.0005 * score


@dataclass
class ChannelWorld:
    """shift: logit of each channel against base_rate. sizes: leads a week. handed: lowest score sales got."""

    shift: NDArray[np.float64]
    sizes: tuple[int, ...] = SIZES
    weeks: int = 39
    handed: float = 30.0
    seed: int = 1
    inverted: int | None = None  # the channel whose scores rank backwards

    @property
    def names(self) -> list[str]:
        return [f"channel {i}" for i in range(len(self.sizes))]

    def make(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        rng = np.random.default_rng(self.seed)
        which = np.repeat(np.arange(len(self.sizes)), np.array(self.sizes) * self.weeks)
        n = which.size
        age, score = rng.uniform(0, 7 * self.weeks, n), 100 * rng.beta(2.6, 2.6, n)
        judged = np.where(which == self.inverted, 100 - score, score)
        won = rng.random(n) < expit(logit(base_rate(judged)) + self.shift[which])
        lag = np.minimum(18 * rng.lognormal(0, 0.7, n), 89.9)
        at = AS_OF - pd.to_timedelta(age, unit="D")
        channel = np.array(self.names, dtype=object)[which]
        everyone = pd.DataFrame({"score": score, "scored_at": at, "channel": channel})
        handed = pd.DataFrame(
            {
                "lead_id": np.arange(n),
                "score": score,
                "handed_off_at": at,
                "sql_at": (at + pd.to_timedelta(lag, unit="D")).where(won & (lag < age)),
                "closed_at": pd.NaT,
                "channel": channel,
            }
        )
        return handed[score >= self.handed].reset_index(drop=True), everyone[age <= 56].reset_index(drop=True)

    def true_rate(self, channel: int, threshold: float) -> float:
        score = REFERENCE[threshold <= REFERENCE]
        return float(expit(logit(base_rate(score)) + self.shift[channel]).mean())

    def in_band(self, thresholds: dict[str, float]) -> tuple[float, float]:
        """(share of channels, share weighted by volume) with their true rate in band."""
        good = [0.15 <= self.true_rate(i, thresholds[name]) <= 0.30 for i, name in enumerate(self.names)]
        return float(np.mean(good)), float(np.average(good, weights=self.sizes))
