"""From the curve to one decision: which thresholds are allowed, which is best, which are equally good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.calibration.levels import Levels
from orchestration.calibration.model import Flags, Floats, Status
from orchestration.errors import UsageError
from orchestration.settings import Settings

SAME_CHANCE = 0.05  # chances of being in band this close can't be told apart from 200 draws and one market
WORTH_CHANGING = 0.10  # chance of being in band that a change must win, unless it halves that of being out
SAME_VALUE = 0.02  # relative, for SQLs and value a week
SAME_RATE = 0.005  # where no threshold has a real chance
ENOUGH = 0.90  # chance of being in band that max_sql must keep


@dataclass(frozen=True)
class Curve:
    """What is known at each of L thresholds; rates as shares, volumes a week; `worst` is the 10 % quantile
    of the rate if nobody below the tested scores converts; `margin` the rate of leads right at the
    threshold.
    """

    rate: Floats
    low: Floats
    high: Floats
    in_band: Floats
    mqls: Floats
    worst: Floats
    margin: Floats
    tested: Flags

    @property
    def sqls(self) -> Floats:
        return self.rate * self.mqls


@dataclass(frozen=True)
class Choice:
    """position, low, high: indices into the thresholds (chosen; ends of the equally good range)."""

    position: int
    low: int
    high: int
    status: Status
    reasons: tuple[str, ...]


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _allowed(
    curve: Curve, levels: Levels, settings: Settings, *, may_lower: bool
) -> tuple[Flags, Flags, Flags]:
    """(within reach of one step, allowed if sales had no limit, allowed)."""
    knobs, at, now = settings.calibration, levels.thresholds, levels.current
    slack = 1e-9 * levels.unit
    reach = at >= at[now] - knobs.max_step_down * levels.unit - slack
    reach &= at <= at[now] + knobs.max_step_up * levels.unit + slack
    lower = np.arange(at.size) < now
    enough = curve.mqls >= min(knobs.min_mqls_per_week, float(curve.mqls[now]))
    safe = ~lower | (may_lower & (curve.worst >= settings.band.low))
    free = reach & enough & safe
    capacity = settings.capacity_per_week
    return reach, free, free & (curve.mqls <= capacity) if capacity is not None else free


def _gain(curve: Curve, settings: Settings) -> Floats:
    """What the objective maximises, per threshold."""
    knobs = settings.calibration
    if knobs.objective == "center":
        return curve.in_band
    if knobs.objective == "max_sql":
        return np.where(curve.in_band >= ENOUGH, curve.sqls, -np.inf)
    if knobs.cost_per_worked_lead is None or knobs.value_per_sql is None:
        raise UsageError(
            "The objective `value` needs what a worked lead costs and what an SQL is worth",
            where="bandpass.yml, calibration",
            fix="set cost_per_worked_lead and value_per_sql, or choose objective: center.",
        )
    return curve.sqls * knobs.value_per_sql - curve.mqls * knobs.cost_per_worked_lead


def _best(gain: Floats, curve: Curve, levels: Levels, allowed: Flags, middle: float) -> int:
    """Highest gain; ties: rate closest to mid-band, then the smallest step, then the lower threshold."""
    places = np.flatnonzero(allowed)
    step = np.abs(levels.thresholds - levels.thresholds[levels.current])
    keys = (
        places,
        step[places],
        np.round(np.abs(curve.rate - middle)[places], 9),
        -np.round(gain[places], 9),
    )
    return int(places[np.lexsort(keys)[0]])


def _as_good(
    gain: Floats, curve: Curve, at: int, allowed: Flags, settings: Settings, chance: float = SAME_CHANCE
) -> Flags:
    """Whose chance of being in band is at most `chance` below that of `at`, or whose gain is close to it."""
    if settings.calibration.objective == "center":
        same: Flags = gain >= gain[at] - chance
        if gain[at] < 0.5:
            same &= np.abs(curve.rate - curve.rate[at]) <= SAME_RATE
    else:
        same = gain >= gain[at] - SAME_VALUE * abs(gain[at])
    same &= allowed
    same[at] = True
    return same


def worth_changing(chance: float) -> float:
    """By how much another threshold's chance of being in band must beat that of the current one."""
    return min(WORTH_CHANGING, 1 - chance)


def _run(flags: Flags, at: int) -> tuple[int, int]:
    """Ends of the unbroken run of True around a position."""
    breaks = np.flatnonzero(~flags)
    left, right = breaks[breaks < at], breaks[breaks > at]
    return (int(left[-1]) + 1 if left.size else 0), (int(right[0]) - 1 if right.size else flags.size - 1)


def _over_capacity(curve: Curve, reach: Flags, capacity: float) -> int:
    """Capacity outranks all else: the lowest threshold in reach that keeps to it, else the highest in
    reach.
    """
    fits = np.flatnonzero(reach & (curve.mqls <= capacity))
    return int(fits[0] if fits.size else np.flatnonzero(reach)[-1])


def choose(
    curve: Curve, levels: Levels, settings: Settings, *, may_lower: bool, leads: str = "leads"
) -> Choice:
    """Pick a threshold (reference/calibration.md 8, steps 6 and 7). may_lower: scores are ordered as they
    should. leads: whose capacity is limited, in words.
    """
    band, now, knobs = settings.band, levels.current, settings.calibration
    middle = (band.low + band.high) / 2
    reach, free, allowed = _allowed(curve, levels, settings, may_lower=may_lower)
    gain = _gain(curve, settings)
    if not np.isfinite(gain[allowed]).any():  # max_sql and nothing is safe enough: aim at the middle first
        gain = curve.in_band
        settings = settings.model_copy(
            update={"calibration": knobs.model_copy(update={"objective": "center"})}
        )
    capacity = settings.capacity_per_week
    if not allowed.any() and capacity is not None:
        at = _over_capacity(curve, reach, capacity)
        fits = "keeps to" if curve.mqls[at] <= capacity else "comes closest, within one step, to"
        why = (
            f"Sales can work {capacity:g} {leads} a week; this threshold {fits} that, "
            "and capacity outranks the band."
        )
        return Choice(at, at, at, "CAPACITY_BOUND", (why,))

    best = _best(gain, curve, levels, allowed, middle)
    centred = settings.calibration.objective == "center"
    fine = centred and curve.in_band[now] >= knobs.hold_probability
    near = band.low <= curve.rate[now] <= band.high  # outside the band, the best step is taken however small
    close = _as_good(gain, curve, best, allowed, settings, worth_changing(float(curve.in_band[best])))
    at = now if allowed[now] and (fine or (near and close[now])) else best
    low, high = _run(_as_good(gain, curve, at, allowed, settings), at)
    inside = band.low <= curve.rate[at] <= band.high
    bottom, top = (
        np.where(curve.tested, curve.rate, curve.low),
        np.where(curve.tested, curve.rate, curve.high),
    )
    reachable = (bottom <= band.high) & (top >= band.low) & (curve.mqls >= knobs.min_mqls_per_week)
    unlimited = _best(gain, curve, levels, free, middle)
    status: Status = "HOLD" if at == now else "CHANGE"
    if (
        not inside
        and capacity is not None
        and curve.rate[at] > band.high
        and curve.mqls[unlimited] > capacity
    ):
        status = "CAPACITY_BOUND"
    elif not inside and not reachable.any():
        status = "BAND_UNREACHABLE"
    return Choice(
        at, low, high, status, _why(curve, levels, settings, at, reach, may_lower=may_lower, leads=leads)
    )


def _why(
    curve: Curve, levels: Levels, settings: Settings, at: int, reach: Flags, *, may_lower: bool, leads: str
) -> tuple[str, ...]:
    """The limits that shaped the choice."""
    band, capacity, now = settings.band, settings.capacity_per_week, levels.current
    said = []
    outside = not band.low <= curve.rate[at] <= band.high
    ends = np.flatnonzero(reach)
    if capacity is not None and (curve.mqls[now] > capacity or (outside and curve.rate[at] > band.high)):
        said.append(f"Sales can work {capacity:g} {leads} a week; capacity outranks the band.")
    if outside and at != now and at in (ends[0], ends[-1]):
        said.append("This is as far as one step goes; look again after two weeks.")
    if curve.rate[at] > band.high and at > ends[0]:
        if not may_lower:
            said.append("The threshold is not lowered while higher scores do not convert better.")
        elif curve.worst[at - 1] < band.low:
            said.append(
                f"Going lower is not backed by the data: if nobody below the tested scores converted, "
                f"the rate could fall to {percent(float(curve.worst[at - 1]))}."
            )
    fewest = settings.calibration.min_mqls_per_week
    if at < ends[-1] and curve.mqls[at + 1] < fewest and curve.in_band[at + 1] >= curve.in_band[at]:
        said.append(f"Going higher would leave fewer than {fewest:g} MQLs a week.")
    return tuple(said)
