"""What moved more than chance would move it: many comparisons, few of them reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.asof import end_of_day
from orchestration.reporting.cohorts import Cohorts
from orchestration.reporting.curve import GLOBAL
from orchestration.reporting.statistics import Rate, benjamini_hochberg, ratio_p, week_p
from orchestration.reporting.tables import ALL, Marts, local_day
from orchestration.reporting.volumes import (
    AVERAGED_WEEKS,
    HISTORY_WEEKS,
    LABELS,
    Period,
)
from orchestration.reporting.words import change, day, name, number, percent, points, weeks
from orchestration.reporting.words import channel as channel_name
from orchestration.settings import Settings

MOST_SENTENCES = 4
RECENT_WEEKS = 4
NAMED = 5
REFERENCE_WEEKS = 13
LEAST_EVENTS = 20
"""Comparisons with fewer events in total can't show anything and would only cost the others power."""

_THRESHOLDS = """
    with history as (
        select segment, threshold, effective_from as since, accepted_by,
               lag(threshold) over (partition by segment order by effective_from nulls first) as earlier
        from marts.mart_threshold_history
    )
    select segment, earlier, threshold, since, accepted_by from history
    where since >= ? and since < ? and earlier is distinct from threshold
    qualify row_number() over (partition by segment order by since desc) = 1
    order by segment
"""


@dataclass(frozen=True)
class Movement:
    """One comparison: its p-value and the sentence it earns if it survives."""

    p: float
    sentence: str


@dataclass(frozen=True)
class Changes:
    sentences: tuple[str, ...]
    compared: int
    moved: int

    @property
    def quiet_text(self) -> str:
        if not self.compared:
            return "Too little data to compare anything yet."
        return "Counts and rates moved no more than chance would move them."

    @property
    def is_quiet(self) -> bool:
        return self.moved == 0


def find_changes(
    marts: Marts, cohorts: Cohorts | str, period: Period | str, as_of_day: date, settings: Settings
) -> Changes | str:
    """Facts first (thresholds), then movements in order of their evidence."""
    if isinstance(cohorts, str) and isinstance(period, str):
        return period
    movements: list[Movement] = []
    if isinstance(period, Period):
        movements += _volume_movements(period)
    if isinstance(cohorts, Cohorts):
        movements += _rate_movements(cohorts)
    real = select(movements)
    sentences = [*_threshold_changes(marts, as_of_day, settings), *(m.sentence for m in real)]
    return Changes(tuple(sentences[:MOST_SENTENCES]), compared=len(movements), moved=len(real))


def select(movements: list[Movement]) -> list[Movement]:
    """Those that hold at the false-discovery share of the report, strongest first."""
    chosen = benjamini_hochberg([m.p for m in movements])
    return sorted((m for m, keep in zip(movements, chosen, strict=True) if keep), key=lambda m: m.p)


def _volume_movements(period: Period) -> list[Movement]:
    stages = [(stage, ALL) for stage in LABELS] + [("mqls", channel) for channel in period.channels]
    found = []
    for stage, channel in stages:
        before = period.before(stage, AVERAGED_WEEKS, channel)
        count = period.week(period.newest, channel).counts[stage]
        if len(before) < AVERAGED_WEEKS or count + sum(before) < LEAST_EVENTS:
            continue
        average = sum(before) / len(before)
        where = "" if channel == ALL else f" from {channel_name(channel)}"
        sentence = (
            f"{LABELS[stage]}{where}: {number(count)} this week against {number(average)} a week "
            f"in the four weeks before {change(count, average)}."
        )
        found.append(Movement(week_p(count, before, period.before(stage, HISTORY_WEEKS, channel)), sentence))
    return found


def _rate_movements(cohorts: Cohorts) -> list[Movement]:
    recent = cohorts.final_weeks(RECENT_WEEKS)
    found = []
    if recent:
        earlier = cohorts.final_weeks(REFERENCE_WEEKS, before=recent[0].monday)
        newer = cohorts.open_weeks()
        for channel in (ALL, *cohorts.channels):
            where = "MQL→SQL" if channel == ALL else f"MQL→SQL of {channel_name(channel)}"
            rate, reference = cohorts.pool(recent, channel), cohorts.pool(earlier, channel)
            span = weeks(recent[0].monday, recent[-1].monday)
            found += _rate_movement(f"{where}, final after {cohorts.horizon} days", span, rate, reference)
            if newer:
                span = weeks(newer[0].monday, newer[-1].monday)
                settled = cohorts.pool([*earlier, *recent], channel)
                found += _rate_movement(
                    f"{where}, expected final", span, cohorts.pool(newer, channel), settled
                )
    return found


def _rate_movement(subject: str, span: str, rate: Rate | None, reference: Rate | None) -> list[Movement]:
    if rate is None or reference is None or rate.converted + reference.converted < LEAST_EVENTS:
        return []
    p = ratio_p(
        rate.converted, rate.entered * rate.seen, reference.converted, reference.entered * reference.seen
    )
    sentence = (
        f"{subject}: {percent(rate.value)} for the MQLs of {span} (n {number(rate.entered)}) against "
        f"{percent(reference.value)} final in the weeks before (n {number(reference.entered)})."
    )
    return [Movement(p, sentence)]


def _threshold_changes(marts: Marts, as_of_day: date, settings: Settings) -> list[str]:
    """One sentence on the newest change for all channels, one on those of channels."""
    if not marts.has("mart_threshold_history", "segment threshold effective_from accepted_by"):
        return []
    rows = marts.rows(
        _THRESHOLDS, [as_of_day - timedelta(weeks=RECENT_WEEKS), end_of_day(as_of_day, settings.zone)]
    )
    said = [
        f"The threshold (all channels) went from {points(earlier)} to {points(threshold)} on "
        + day(local_day(since, settings.zone))
        + (f", accepted by {name(who)}." if who else ".")
        for segment, earlier, threshold, since, who in rows
        if segment == GLOBAL and earlier is not None and threshold is not None
    ]
    own = [
        f"{channel_name(segment)} {'as all channels' if threshold is None else points(threshold)} "
        f"since {day(local_day(since, settings.zone), year=False)}"
        for segment, _, threshold, since, _ in rows
        if segment != GLOBAL
    ]
    if own:
        more = f" and {number(len(own) - NAMED)} more" if len(own) > NAMED else ""
        said.append(f"Thresholds of channels: {', '.join(own[:NAMED])}{more}.")
    return said
