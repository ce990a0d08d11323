"""What RevOps read: one string of plain sentences."""

from __future__ import annotations

from orchestration.calibration.advice import ACCEPT, advice
from orchestration.calibration.decide import Choice, Curve, percent
from orchestration.calibration.evidence import Evidence
from orchestration.calibration.trial import trial_text, weeks_to_tell
from orchestration.settings import Settings


def _rate(curve: Curve, position: int) -> str:
    return (
        f"{percent(float(curve.rate[position]))} "
        f"({percent(float(curve.low[position]))} to {percent(float(curve.high[position]))})"
    )


def _headline(
    found: Evidence, curve: Curve, choice: Choice, settings: Settings, keep: str | None
) -> list[str]:
    at, band = found.levels.thresholds, settings.band
    now, new = found.levels.current, choice.position
    target = f"the band of {percent(band.low)} to {percent(band.high)}"
    if choice.status == "INSUFFICIENT_DATA":
        return [f"Keep {at[now]:g}: there is too little to judge it by."]
    said = [
        f"At {at[now]:g} the expected final MQL to SQL rate is {_rate(curve, now)}; "
        f"the stated chance of being in {target} is {percent(float(curve.in_band[now]))}."
    ]
    if new == now:
        return [*said, keep or f"Keep {at[now]:g}."]
    move = "Raise" if new > now else "Lower"
    return [
        *said,
        f"{move} to {at[new]:g}: expected final {_rate(curve, new)}, stated chance "
        f"{percent(float(curve.in_band[new]))}, "
        f"{curve.mqls[new]:.0f} instead of {curve.mqls[now]:.0f} MQLs a week.",
    ]


def _trial(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    now, new = found.levels.current, choice.position
    return trial_text(
        weeks_to_tell(
            (float(curve.mqls[now]), float(curve.rate[now])),
            (float(curve.mqls[new]), float(curve.rate[new])),
            (settings.band.low, settings.band.high),
            found.delay.at,
        )
    )


def _first(mqls: float) -> str:
    return (
        "No threshold was accepted so far; the current one reproduces the recorded weekly hand-offs "
        f"({mqls:.0f} MQLs a week)."
    )


def reasons_text(
    found: Evidence,
    curve: Curve,
    choice: Choice,
    settings: Settings,
    *,
    first_run: bool,
    keep: str | None = None,
) -> str:
    """Why this is suggested, what limited it, and what was left out. keep: what keeping the threshold means,
    where it is not just that.
    """
    at = found.levels.thresholds
    said = _headline(found, curve, choice, settings, keep)
    said += choice.reasons
    if choice.status == "BAND_UNREACHABLE":
        side = "low" if curve.rate[choice.position] < settings.band.low else "high"
        enough = (curve.mqls >= settings.calibration.min_mqls_per_week).any()
        where = "everywhere with enough volume" if enough else "here, and none has enough volume"
        said.append(f"No threshold brings the rate into the band: it is too {side} {where}.")
    if first_run:
        said.append(_first(float(curve.mqls[found.levels.current])))
    helps = advice(found, curve, choice, settings)
    if not helps and first_run:
        helps = ACCEPT
    said.append(helps)
    if choice.position != found.levels.current and choice.status in ("CHANGE", "CAPACITY_BOUND"):
        said.append(_trial(found, curve, choice, settings))
    if choice.low < choice.high:
        said.append(f"Thresholds from {at[choice.low]:g} to {at[choice.high]:g} are equally good.")
    if not curve.tested[choice.position] and found.seen.size and choice.status != "INSUFFICIENT_DATA":
        said.append(
            f"Not tested below {at[found.tested]:g}: (almost) no lead below it was handed to sales; "
            f"the rate there is a guess between nothing and the rate at {at[found.tested]:g}."
        )
    if found.delay.basis == "horizon_only" and found.seen.size:
        said.append(
            "How long SQLs take is not known yet; "
            f"only hand-offs older than {found.delay.horizon:g} days count."
        )
    said += found.handoffs.notes + found.candidates.notes
    return " ".join(sentence for sentence in said if sentence)
