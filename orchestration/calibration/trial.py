"""How many weeks of hand-offs under a new threshold it takes until anything can be told from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from orchestration.calibration.model import Floats

LONGEST = 52  # weeks
POWER, LEVEL = 0.80, 0.90
SHORT, LONG = 30, 60  # days that such trials usually get


@dataclass(frozen=True)
class Trial:
    """Weeks after which, with 80 % chance, the rate after can be told from the rate before (`apart`), and
    its 90 % interval lies inside the band (`in_band`). None: not within a year.
    """

    apart: int | None
    in_band: int | None

    @property
    def weeks(self) -> int | None:
        """When the first of both can be."""
        found = [weeks for weeks in (self.apart, self.in_band) if weeks is not None]
        return min(found) if found else None


def seen_handoffs(mqls_per_week: float, share: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """(hand-offs, the same as far as their SQLs have usually come) at the end of week 1 … 52 (LONGEST,).

    share: G at ages in days. Hand-offs come evenly over the week.
    """
    days: Floats = np.arange(7 * LONGEST, dtype=np.float64) + 0.5
    weekly: Floats = share(days).reshape(LONGEST, 7).mean(axis=1)
    return mqls_per_week * np.arange(1, LONGEST + 1.0), mqls_per_week * np.cumsum(weekly)


def _variance(rate: float, handoffs: Floats, seen: Floats) -> Floats:
    """Of k/(nG), k of n binomial with chance rate·G."""
    found: Floats = rate * (1 - rate * seen / handoffs) / np.maximum(seen, 1e-9)
    return found


def _first(able: Floats) -> int | None:
    weeks = np.flatnonzero(able)
    return int(weeks[0]) + 1 if weeks.size else None


def weeks_to_tell(
    before: tuple[float, float],
    after: tuple[float, float],
    band: tuple[float, float],
    share: Callable[[Floats], Floats],
) -> Trial:
    """before, after: (MQLs a week, final rate) at the old and the new threshold. share: G at ages in days.

    Each week of the trial brings its hand-offs, which count as far as their SQLs have usually come; it is
    compared with as many weeks before it, whose SQLs have come. Normal approximation, two-sided 90 %, power
    80 %.
    """
    (old_mqls, old_rate), (new_mqls, new_rate) = before, after
    if min(old_mqls, new_mqls) <= 0 or not 0 < new_rate < 1:
        return Trial(None, None)
    handoffs, seen = seen_handoffs(new_mqls, share)
    spread = np.sqrt(_variance(new_rate, handoffs, seen))
    past = old_mqls * np.arange(1, LONGEST + 1.0)
    needed = stats.norm.ppf((1 + LEVEL) / 2) + stats.norm.ppf(POWER)
    both = np.sqrt(spread**2 + _variance(old_rate, past, past))
    room = min(new_rate - band[0], band[1] - new_rate)
    # both ends of the interval must be inside, so the chance is that of the two sides together
    reach = stats.norm.ppf((1 + LEVEL) / 2) * spread
    inside = stats.norm.cdf((band[1] - new_rate - reach) / spread) - stats.norm.cdf(
        (band[0] - new_rate + reach) / spread
    )
    return Trial(
        apart=_first(abs(new_rate - old_rate) >= needed * both),
        in_band=_first(inside >= POWER) if room > 0 else None,
    )


def trial_text(trial: Trial) -> str:
    """Whether 30 to 60 days of the new threshold can decide anything, in words."""
    if trial.weeks is None:
        return (
            f"A trial of {SHORT} to {LONG} days can't decide anything at this volume, nor could one within a "
            "year: watch the chance of being in band instead."
        )
    told = [
        f"{what} after {weeks} weeks" if weeks > 1 else f"{what} after a week"
        for what, weeks in (
            ("the new rate can be told from the old one", trial.apart),
            ("its 90 % interval lies inside the band", trial.in_band),
        )
        if weeks is not None
    ]
    days = 7 * trial.weeks
    can = (
        f"A trial of {SHORT} days can decide something"
        if days <= SHORT
        else f"A trial of {LONG} days can decide something, one of {SHORT} can't"
        if days <= LONG
        else f"A trial of {SHORT} to {LONG} days can't decide anything at this volume"
    )
    lacking = "" if len(told) == 2 else " (the other question is not answered within a year)"
    return f"{can}: in 8 of 10 such trials {', and '.join(told)}{lacking}."
