"""`suggest`: the calibration of one segment, from data frames to a suggestion, without file, clock or
state.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from orchestration.asof import local_day
from orchestration.calibration import exact
from orchestration.calibration.curve import Market, fit_shift
from orchestration.calibration.decide import Choice, Curve, choose
from orchestration.calibration.evidence import FEW, Evidence, counted, curve_frame, draw, drawn, gather
from orchestration.calibration.instants import as_of_end, microseconds, utc_timestamp
from orchestration.calibration.model import Flags, Floats, Status, Suggestion
from orchestration.calibration.wording import reasons_text
from orchestration.errors import UsageError
from orchestration.settings import Settings

ALL_POSITIVE = 0.95  # final rate over all hand-offs above which the labels are not believed
NOT_MONOTONE = 0.01  # p value
FLAT_SLOPE = 0.10  # logit per standard deviation of the score; below it a score ranks nothing worth the name
SEEN_SHARE = 0.25  # of leads whose scores were handed over; the top alone can't say whether the score ranks
JUMP = 1.4  # logit; rates that changed at once by more than this were probably recorded differently before
JUMP_WEEKS, BEFORE_WEEKS = (6, 8, 12), 18
DAY = pd.Timedelta(days=1)
METHOD = 4  # part of suggestion_id: raise it with every change that changes numbers


@dataclass(frozen=True)
class Calibrated:
    """A suggestion with what it was made from; market None: too little data for draws."""

    suggestion: Suggestion
    found: Evidence
    market: Market | None
    choice: Choice
    settings: Settings
    first_run: bool


def _keep(position: int, status: Status, *reasons: str) -> Choice:
    return Choice(position, position, position, status, reasons)


def _insufficient(found: Evidence, curve: Curve, settings: Settings) -> Choice:
    """Keep the threshold; but where even the upper end is below the band, raise by a third of a step."""
    now, knobs = found.levels.current, settings.calibration
    k = int(found.labels.converted.sum())
    why = (
        f"Only {found.seen.size} hand-offs are old enough to learn from, with {k} SQLs; "
        f"at least {knobs.min_positives} SQLs are needed."
    )
    if not found.candidates.score.size:
        return _keep(
            now, "INSUFFICIENT_DATA", "No lead was scored in the last 8 weeks, so volumes are unknown."
        )
    if curve.high[now] < settings.band.low:
        aim = found.levels.thresholds[now] + knobs.max_step_up / 3 * found.levels.unit
        at = int(np.searchsorted(found.levels.thresholds, aim + 1e-9, side="right")) - 1
        if at > now and curve.mqls[at] >= knobs.min_mqls_per_week:
            raised = "Even the upper end of the rate is below the band: raise by a third of a step."
            return Choice(at, at, at, "CHANGE", (why, raised))
    return _keep(now, "INSUFFICIENT_DATA", why)


def _decide(
    found: Evidence, settings: Settings, seeds: list[int]
) -> tuple[Market | None, Curve, Choice, float]:
    """The draws, the curve, the decision and the p value of monotonicity."""
    now = found.levels.current
    k = int(found.labels.converted.sum())
    if k < settings.calibration.min_positives or not found.candidates.score.size:
        curve = counted(found, settings)
        return None, curve, _insufficient(found, curve, settings), 1.0
    market = draw(found, settings, np.random.default_rng([*seeds, 0]))
    curve = drawn(market, found.admitted, settings)
    used = found.labels.used
    scores = found.handoffs.score[used]
    p = exact.monotone_p_value(scores, found.labels.converted, found.seen, np.random.default_rng([*seeds, 1]))
    doubt = _labels_doubted(found, market, settings)
    if doubt:
        return market, curve, _keep(now, "CHECK_LEAKAGE", doubt), p
    if np.unique(found.labels.level).size < 2 or np.unique(found.candidates.score).size < 2:
        why = "All scores are the same, so no threshold can be better than another."
        return market, curve, _keep(now, "DEGENERATE_SCORE", why), p
    choice = choose(curve, found.levels, settings, may_lower=p >= NOT_MONOTONE)
    room = settings.capacity_per_week
    fits = room is None or curve.mqls[now] <= room
    if fits and choice.status != "BAND_UNREACHABLE" and _ranks_nothing(found, scores):
        why = (
            "Leads with higher scores do not convert better, so no threshold can be told to be better than "
            "another: look at the scoring rules first."
        )
        return market, curve, _keep(now, "NON_MONOTONE", why), p
    if p < NOT_MONOTONE:
        why = (
            f"Higher scores do not convert better (p = {p:.3f}): "
            "look at the scoring rules before the threshold."
        )
        choice = Choice(choice.position, choice.low, choice.high, "NON_MONOTONE", (why, *choice.reasons))
    if choice.status == "CHANGE" and k < FEW and not _surely_out(found, settings):
        why = (
            f"Only {k} SQLs are known; with fewer than {FEW} the threshold changes only where the rate is "
            "surely out of band."
        )
        return None, curve, _keep(now, "INSUFFICIENT_DATA", why), p
    return market, curve, choice, p


def _labels_doubted(found: Evidence, market: Market, settings: Settings) -> str:
    """Why SQLs can't be what they seem; empty where they can. Hand-offs up to `checked_until` are beyond
    doubt: a person has looked.
    """
    age = found.handoffs.age[found.labels.used]
    checked = settings.calibration.checked_until
    since_check = np.inf if checked is None else (found.as_of - as_of_end(checked, settings.zone)) / DAY
    open_ = age < since_check
    sqls, exposure = int(found.labels.converted[open_].sum()), float(found.seen[open_].sum())
    if sqls >= settings.calibration.min_positives and sqls > ALL_POSITIVE * exposure:
        return (
            f"{sqls} of {int(open_.sum())} hand-offs became SQL: "
            "check that leads enter the data before their outcome is known."
        )
    for weeks in JUMP_WEEKS:
        seen, usual = _jumped(found, market, weeks, open_)
        if usual:
            begin = local_day(found.as_of - weeks * 7 * DAY, settings.zone)
            return (
                f"Of the hand-offs of the last {weeks} weeks, since {begin}, {seen:.0f} became SQL so far; "
                f"{usual:.0f} would have been usual before. Markets do not turn so far at once: check "
                "whether a stage is defined or recorded otherwise since."
            )
    return ""


def _jumped(found: Evidence, market: Market, weeks: int, open_: Flags) -> tuple[float, float]:
    """(SQLs of the last weeks, what the 18 weeks before made usual) where they differ too much, else 0, 0;
    both of hand-offs that are open to doubt.
    """
    age = found.handoffs.age[found.labels.used] / 7
    recent, earlier = open_ & (age <= weeks), open_ & (age > weeks) & (age <= weeks + BEFORE_WEEKS)
    if not found.labels.converted[earlier].any():
        return 0.0, 0.0
    size = found.levels.thresholds.size
    shape = np.median(market.shape, axis=0)[None, :]

    def counts(which: Flags) -> tuple[Floats, Floats]:
        level = found.labels.level[which]
        k = np.bincount(level, found.labels.converted[which].astype(np.float64), size)
        e = np.bincount(level, found.seen[which], size)
        return k[None, :].astype(np.float64), e[None, :].astype(np.float64)

    before = fit_shift(shape, *counts(earlier), 5.0)[0]
    k, e = counts(recent)
    expected = float((e * expit(logit(shape) + before)).sum())
    low, high = exact.jump_interval(float(k.sum()), expected, float(e.sum()))
    return (float(k.sum()), expected) if low > JUMP or high < -JUMP else (0.0, 0.0)


def _ranks_nothing(found: Evidence, scores: Floats) -> bool:
    """Whether scores surely say next to nothing, judged where a good part of all leads was handed over."""
    lowest = found.levels.thresholds[found.tested]
    if (found.candidates.score >= lowest).mean() < SEEN_SHARE:
        return False
    return exact.slope_interval(scores, found.labels.converted, found.seen)[1] < FLAT_SLOPE


def _surely_out(found: Evidence, settings: Settings) -> bool:
    _, low, high = found.tail_interval()
    now = found.levels.current
    return bool(high[now] < settings.band.low or low[now] > settings.band.high)


def seeds_of(settings: Settings, as_of: pd.Timestamp, segment: str) -> list[int]:
    """What the random numbers of a segment are seeded by."""
    number = int.from_bytes(hashlib.sha256(segment.encode()).digest()[:8], "big")
    return [settings.calibration.seed, abs(microseconds(as_of)), number]


def _identity(
    found: Evidence, as_of: pd.Timestamp, segment: str, threshold: float, settings: Settings, first: bool
) -> str:
    parts = (as_of.isoformat(), segment, settings.digest(), repr(threshold), str(first), str(METHOD))
    text = "|".join((*parts, found.handoffs.digest, found.candidates.digest))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def suggest(
    handed: pd.DataFrame,
    candidates: pd.DataFrame,
    as_of: Any,
    current_threshold: float,
    settings: Settings | None = None,
    *,
    segment: str = "global",
    first_run: bool = False,
) -> Suggestion:
    """Suggest the score threshold for one segment, with the evidence.

    handed: a row per hand-off: lead_id, score, handed_off_at, sql_at (NaT if none), closed_at
    (disqualified or recycled), optional explored (bool), optional delay_only (bool: teaches how long SQLs
    take, but its score is of another scale), optional channel. candidates: a row per lead that could have
    qualified in the last 8 weeks: score, scored_at, optional previous_score (its highest score before),
    optional channel. as_of: UTC, exclusive; what happened at or after it is not known yet. first_run: no
    threshold was accepted so far; a usable result gets status FIRST_RUN.

    The method is reference/calibration.md 8, told in docs/calibration.md. Same input, same output,
    whatever the order of rows. Raises UsageError for a missing column, an as-of that is no time, a
    threshold that is no number, or the objective `value` without its prices; never for the content of
    rows.
    """
    done = calibrated(
        handed, candidates, as_of, current_threshold, settings, segment=segment, first_run=first_run
    )
    return done.suggestion


def calibrated(
    handed: pd.DataFrame,
    candidates: pd.DataFrame,
    as_of: Any,
    current_threshold: float,
    settings: Settings | None = None,
    *,
    segment: str = "global",
    first_run: bool = False,
) -> Calibrated:
    """`suggest`, with what it was made from."""
    chosen = settings or Settings()
    now = utc_timestamp(as_of)
    threshold = float(current_threshold)
    if not np.isfinite(threshold):
        raise UsageError(
            "The current threshold is not a number", where="current_threshold", fix="give a number."
        )
    found = gather(handed, candidates, now, threshold, chosen)
    with threadpool_limits(1):  # for matrices this small threads only cost, and the last bits depend on them
        market, curve, choice, p_monotone = _decide(found, chosen, seeds_of(chosen, now, segment))
    suggestion = as_suggestion(
        found,
        curve,
        choice,
        suggestion_id=_identity(found, now, segment, threshold, chosen, first_run),
        as_of=now,
        segment=segment,
        reasons=reasons_text(found, curve, choice, chosen, first_run=first_run),
        settings=chosen,
        first_run=first_run,
        p_monotone=p_monotone,
    )
    return Calibrated(suggestion, found, market, choice, chosen, first_run)


def as_suggestion(
    found: Evidence,
    curve: Curve,
    choice: Choice,
    *,
    suggestion_id: str,
    as_of: pd.Timestamp,
    segment: str,
    reasons: str,
    settings: Settings,
    first_run: bool,
    p_monotone: float,
) -> Suggestion:
    """The row and curve of one decision; on a first run a usable result gets status FIRST_RUN."""
    status = choice.status
    if first_run and status in ("CHANGE", "HOLD", "BAND_UNREACHABLE", "CAPACITY_BOUND"):
        status = "FIRST_RUN"
    chances = choice.status != "INSUFFICIENT_DATA"
    before, after = found.levels.current, choice.position
    at = found.levels.thresholds
    _, exact_low, exact_high = found.tail_interval()
    own = found.headline
    return Suggestion(
        suggestion_id=suggestion_id,
        as_of=as_of,
        segment=segment,
        current_threshold=float(at[before]),
        suggested_threshold=float(at[after]),
        equivalent_low=float(at[choice.low]),
        equivalent_high=float(at[choice.high]),
        status=status,
        reasons=reasons,
        rate_now=float(curve.rate[before]),
        rate_now_low=float(curve.low[before]),
        rate_now_high=float(curve.high[before]),
        rate_after=float(curve.rate[after]),
        rate_after_low=float(curve.low[after]),
        rate_after_high=float(curve.high[after]),
        p_in_band_now=float(curve.in_band[before]) if chances else None,
        p_in_band_after=float(curve.in_band[after]) if chances else None,
        mqls_per_week_now=float(curve.mqls[before]),
        mqls_per_week_after=float(curve.mqls[after]),
        sqls_per_week_now=float(curve.sqls[before]),
        sqls_per_week_after=float(curve.sqls[after]),
        marginal_rate=float(curve.margin[after]),
        worst_case_rate=float(curve.worst[after]),
        is_identified=bool(curve.tested[after]),
        handed_off_leads=int(own.sum()),
        sqls=int(found.labels.converted[own].sum()),
        settings_hash=settings.digest(),
        seed=settings.calibration.seed,
        exact_now_low=float(exact_low[before]),
        exact_now_high=float(exact_high[before]),
        exact_after_low=float(exact_low[after]),
        exact_after_high=float(exact_high[after]),
        p_monotone=p_monotone,
        curve=curve_frame(curve, found.levels, as_of, segment, chances=chances),
    )
