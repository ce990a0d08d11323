"""What would help, status by status: one sentence with the numbers that the data give."""

from __future__ import annotations

import re

import numpy as np

from orchestration.calibration.decide import Choice, Curve, percent
from orchestration.calibration.evidence import FEW, Evidence
from orchestration.calibration.inputs import CANDIDATE_WEEKS
from orchestration.calibration.instants import day_before
from orchestration.calibration.model import Flags, Floats
from orchestration.settings import Settings

LONGEST = 104  # weeks; what takes longer is not worth a number
ENOUGH_FOR_A_PACE = 5  # SQLs
HELP = "What would help: "  # every advice begins so, and is one sentence
ACCEPT = f"{HELP}accept a first threshold, so that later runs can tell what came of it."
_ADVICE = re.compile(re.escape(HELP) + r".*?\.(?= [A-Z]|$)")


def advice(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    """One sentence for a status that is not what people hoped for; empty where nothing is in the way."""
    said = {
        "INSUFFICIENT_DATA": _waiting,
        "BAND_UNREACHABLE": _criteria,
        "CAPACITY_BOUND": _room,
        "DEGENERATE_SCORE": _one_score,
        "NON_MONOTONE": _ranking,
        "CHECK_LEAKAGE": _labels,
        "HOLD": _blocked,
        "CHANGE": _unrecorded,
    }.get(choice.status)
    text = said(found, curve, choice, settings) if said else ""
    return f"{HELP}{text}" if text else ""


def help_in(reasons: str) -> str | None:
    """The advice among a suggestion's reasons."""
    told = _ADVICE.search(reasons)
    return told[0] if told else None


def weeks_until(found: Evidence, missing: int, settings: Settings) -> tuple[float, int | None]:
    """(SQLs a week of late, weeks until `missing` more of them count; None: not within two years).

    An SQL counts once it has come and its hand-off is old enough to teach. Known ones of younger hand-offs
    come first; the rest as often as in the last 8 weeks (with few in them: as in all), each as late as the
    known ones were.
    """
    sales, horizon = found.handoffs, found.delay.horizon
    ages: Floats = np.arange(0, horizon + 1, 0.5)
    enough = found.delay.at(ages) >= settings.calibration.min_completeness
    old = float(ages[enough][0]) if enough.any() else horizon
    sql = (sales.lag <= np.minimum(sales.age, horizon)) & ~sales.delay_only
    if not sql.any():
        return 0.0, None
    since = (sales.age - sales.lag)[sql]  # days
    weeks_known = float(max(sales.age.max() / 7, 1))
    span = min(CANDIDATE_WEEKS, weeks_known)
    if (since <= 7 * span).sum() < ENOUGH_FOR_A_PACE:
        span = weeks_known
    rate = float((since <= 7 * span).sum()) / span
    late = np.maximum(old - sales.lag[sql], 0)  # days from the SQL until it counts
    left = late - since  # days from today
    known = np.sort(left[left > 0])
    weeks = np.arange(1, LONGEST + 1.0)
    counted = np.searchsorted(known, 7 * weeks, side="right") + rate * np.maximum(weeks - late.mean() / 7, 0)
    able = np.flatnonzero(counted >= missing - 1e-9)
    return rate, int(weeks[able[0]]) if able.size else None


def _waiting(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    if not found.candidates.score.size:
        return (
            "leads with scores: check that the extracts reach to the as-of day (bandpass doctor) and that "
            "scoring rules are in force."
        )
    k, least = int(found.labels.converted.sum()), settings.calibration.min_positives
    missing = (least if k < least else FEW) - k
    more = f"{missing} more SQL{'s' if missing > 1 else ''} of hand-offs old enough to count"
    rate, weeks = weeks_until(found, missing, settings)
    if rate <= 0:
        return f"{more}; none is known yet, so check that sales records them."
    pace = f"at the present {rate:.1f} SQLs a week"
    if weeks is None:
        return f"{more}, which takes more than two years {pace}: judge the criteria by hand meanwhile."
    return f"{more}; {pace} they are there in about {weeks} week{'s' if weeks > 1 else ''}."


def _criteria(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    """The best rate anywhere, and which way to change the criteria."""
    band, at = settings.band, found.levels.thresholds
    least = settings.calibration.min_mqls_per_week
    enough = curve.mqls >= least
    if not enough.any():
        return f"more leads: no threshold leaves {least:g} MQLs a week (min_mqls_per_week, bandpass.yml)."
    off = np.maximum(band.low - curve.rate, curve.rate - band.high)
    best = int(np.lexsort((at, np.round(np.where(enough, off, np.inf), 6)))[0])
    nearest = (
        f"the nearest of all thresholds is {percent(float(curve.rate[best]))} at {at[best]:g}, with "
        f"{curve.mqls[best]:.0f} MQLs a week{'' if curve.tested[best] else ' (not tested)'}"
    )
    if curve.rate[choice.position] < band.low:
        return (
            "stricter criteria beside the threshold (a higher minimum of fit or engagement, fewer points for "
            f"what does not convert), other leads, or a band that begins lower; {nearest}."
        )
    return (
        "wider criteria (a lower minimum of fit or engagement, more leads that are scored at all) or a band "
        f"that ends higher; {nearest}."
    )


def _room(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    """How many leads a week sales would have to work for the rate to come into the band."""
    band, at, chosen = settings.band, found.levels.thresholds, choice.position
    if curve.rate[chosen] <= band.high:
        now = float(curve.mqls[found.levels.current])
        return f"room for {now:.0f} leads a week, if the present threshold is to stay."
    inside = np.flatnonzero((curve.rate <= band.high) & (np.arange(at.size) < chosen))
    if not inside.size:
        return (
            f"a band that ends higher: even with {curve.mqls[0]:.0f} leads a week, all from {at[0]:g} on, "
            f"the rate would be {percent(float(curve.rate[0]))}."
        )
    to = int(inside[-1])
    guess = "" if curve.tested[to] else ", a guess, as such leads were not tested"
    return (
        f"room for about {curve.mqls[to]:.0f} leads a week: at {at[to]:g} the rate would come to "
        f"{percent(float(curve.rate[to]))}{guess}."
    )


def _one_score(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    scores = np.unique(np.concatenate([found.handoffs.score, found.candidates.score]))
    which = (
        f"all {found.candidates.score.size} leads have a score of {scores[0]:g}"
        if scores.size == 1
        else f"{np.unique(found.candidates.score).size} different scores among "
        f"{found.candidates.score.size} leads of the last weeks, "
        f"{np.unique(found.handoffs.score[found.labels.used]).size} among the hand-offs"
    )
    return (
        "rules that tell leads apart (scoring_rules.csv, and extracts that carry what they ask for: "
        f"bandpass doctor); {which}."
    )


def _ranking(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    """Rates of the lowest and the highest third of hand-offs."""
    score, at = found.handoffs.score[found.labels.used], found.levels.thresholds
    low, high = (at[found.levels.nearest(float(q))] for q in np.quantile(score, [1 / 3, 2 / 3]))
    rules = "points that follow what converts (mart_rule_performance shows it rule by rule)"
    below, above = score < low, score >= high
    if not below.any() or not above.any():
        return f"{rules}."

    def rate(which: Flags) -> str:
        return percent(float(found.labels.converted[which].sum() / max(found.seen[which].sum(), 1e-9)))

    return (
        f"{rules}: hand-offs with scores below {low:g} come to {rate(below)}, those from {high:g} on to "
        f"{rate(above)}."
    )


def _labels(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    lag = found.handoffs.lag[found.labels.used][found.labels.converted]
    at_once = int((lag < 1).sum())
    seen = (
        f" ({at_once} of {lag.size} SQLs came within a day of the hand-off)" if 4 * at_once > lag.size else ""
    )
    return (
        f"a look at how leads enter the data and at the stages of the CRM{seen}; if all of it is real, say "
        f"so in bandpass.yml, calibration: checked_until: {day_before(found.as_of, settings.zone)}."
    )


def _unrecorded(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    """CHANGE without any SQL: sales that never wins looks like SQLs that nobody writes down."""
    if found.labels.converted.any():
        return ""
    return (
        f"first a look whether sales records SQLs at all: not one of {found.seen.size} hand-offs old enough "
        "to count has become SQL."
    )


def _blocked(found: Evidence, curve: Curve, choice: Choice, settings: Settings) -> str:
    """HOLD outside the band: what stands in the way."""
    band, knobs, now = settings.band, settings.calibration, found.levels.current
    rate = float(curve.rate[now])
    if knobs.objective != "center" or band.low <= rate <= band.high:
        return ""
    if rate > band.high:
        return (
            "some hand-offs of leads just below the threshold, on trial: they would show what lower scores "
            "convert at."
        )
    return (
        f"more leads, or a lower min_mqls_per_week than {knobs.min_mqls_per_week:g} (bandpass.yml), so that "
        "the threshold can rise."
    )
