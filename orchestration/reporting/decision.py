"""The one decision the report asks for, in words."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.calibration.advice import ACCEPT, help_in
from orchestration.reporting.curve import GLOBAL, Curve, Suggestion
from orchestration.reporting.words import name, number, percent, points, span
from orchestration.settings import Band

FIRST_RUN = "FIRST_RUN"
_WHY_NOT = {
    "INSUFFICIENT_DATA": "Too few leads were handed to sales to say anything about a threshold.",
    "DEGENERATE_SCORE": "The scores hardly differ, so no threshold can separate leads.",
    "CHECK_LEAKAGE": "SQLs can't be what they seem: check how they are recorded.",
    "NON_MONOTONE": "Higher scores do not convert better everywhere: review the scoring rules first.",
    "BAND_UNREACHABLE": "No threshold within one step reaches the band; this is the nearest.",
    "CAPACITY_BOUND": "Sales' weekly capacity, not the band, decides here.",
    FIRST_RUN: "No threshold is accepted yet; the current one reproduces the hand-offs so far.",
}


@dataclass(frozen=True)
class Effect:
    """One line of now against after."""

    label: str
    now: str
    after: str


@dataclass(frozen=True)
class Decision:
    question: str
    why: tuple[str, ...]
    effects: tuple[Effect, ...]
    action: str
    suggestion: str | None
    basis: str
    has_after: bool


def find_decision(
    suggestions: tuple[Suggestion, ...] | str, curve: Curve | str, band: Band
) -> Decision | str:
    """The global suggestion as a question, or why there is none."""
    if isinstance(suggestions, str):
        return suggestions
    chosen = next((s for s in suggestions if s.segment == GLOBAL), None)
    if chosen is None:
        return "the calibration made no suggestion for all channels together"
    return Decision(
        question=_question(chosen),
        why=_why(chosen, curve, band),
        effects=_effects(chosen),
        action=_action(chosen),
        suggestion=name(chosen.suggestion_id) if _asks(chosen) else None,
        basis=_basis(chosen),
        has_after=chosen.is_change,
    )


def _asks(s: Suggestion) -> bool:
    return (s.is_change or s.status == FIRST_RUN) and not s.decision


def _question(s: Suggestion) -> str:
    if s.decision:
        return f"Already decided: {name(s.decision)} ({points(s.current)} → {points(s.suggested)})"
    if s.status == FIRST_RUN:
        return f"Accept {points(s.suggested)} as the first threshold?"
    if not s.is_change:
        return f"Keep the threshold at {points(s.current)}"
    verb = "Raise" if s.suggested > s.current else "Lower"
    return f"{verb} the threshold from {points(s.current)} to {points(s.suggested)}?"


def _why(s: Suggestion, curve: Curve | str, band: Band) -> tuple[str, ...]:
    target = span(band.low, band.high)
    told = [_WHY_NOT[s.status]] if s.status in _WHY_NOT else []
    helps = help_in(" ".join(s.reasons))
    if helps and helps != ACCEPT:  # the question asks that already
        told.append(helps)
    if s.p_now is not None and s.is_change and s.p_after is not None:
        told.append(
            f"Chance of a final rate in {target}: {_chance(s.p_now)} now, {_chance(s.p_after)} after."
        )
    elif s.p_now is not None:
        told.append(f"Chance of a final rate in {target} as it is: {_chance(s.p_now)}.")
    if s.has_range:
        told.append(f"Equally good: {points(s.equivalent_low)}–{points(s.equivalent_high)}.")
    if s.is_tested is False and s.is_change:
        worst = (
            f" In the worst case the rate is {percent(s.worst_case, 0)}." if s.worst_case is not None else ""
        )
        below = "Not tested" if isinstance(curve, str) else curve.untested_text.capitalize()
        told.append(f"{below}: sales has not been given such leads.{worst}")
    return tuple(told)


def says(s: Suggestion) -> str:
    """A suggestion's status in words."""
    if s.status in _WHY_NOT:
        return _WHY_NOT[s.status]
    return f"Change to {points(s.suggested)}." if s.is_change else "Keep it."


def _chance(p: float) -> str:
    """A stated probability is never certainty."""
    return "over 99%" if p > 0.99 else "under 1%" if p < 0.01 else f"{100 * p:.0f}%"


def _effects(s: Suggestion) -> tuple[Effect, ...]:
    rates = Effect(
        "Expected final MQL→SQL",
        _with_span(s.rate_now, s.rate_now_low, s.rate_now_high),
        _with_span(s.rate_after, s.rate_after_low, s.rate_after_high),
    )
    volume = Effect("MQLs a week", number(s.mqls_now), number(s.mqls_after))
    gain = Effect("SQLs a week", number(s.sqls_now, 1), number(s.sqls_after, 1))
    # Without a hand-off to learn from, a rate is only what was assumed beforehand.
    shown = (volume,) if s.handed_off == 0 else (rates, volume, gain)
    values = {rates: s.rate_now, volume: s.mqls_now, gain: s.sqls_now}
    return tuple(effect for effect in shown if values[effect] is not None)


def _with_span(rate: float | None, low: float | None, high: float | None) -> str:
    return percent(rate, 0) + (f" ({span(low, high)})" if low is not None and high is not None else "")


def _action(s: Suggestion) -> str:
    if s.decision:
        who = f" by {name(s.decided_by)}" if s.decided_by else ""
        note = f": {name(s.decision_note)}" if s.decision_note else ""
        return f"Decided{who}{note}. Nothing to do."
    if not _asks(s):
        return "Nothing to do."
    return "Accept it, or say why not (in a terminal):"


def _basis(s: Suggestion) -> str:
    counted = (
        f"{number(s.handed_off)} hand-offs with {number(s.sqls)} SQLs so far; "
        if s.handed_off is not None and s.sqls is not None
        else ""
    )
    return f"{counted}90% intervals"
