"""The first number: the last final cohort against the band, and what newer cohorts will come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.reporting.cohorts import Cohorts, Week
from orchestration.reporting.statistics import Rate, Verdict, scale_top, verdict
from orchestration.reporting.words import percent
from orchestration.settings import Band, Settings

POOLED_WEEKS = 4


@dataclass(frozen=True)
class Pooled:
    """A rate over several cohorts, judged against the band."""

    rate: Rate
    verdict: Verdict
    first: date
    last: date
    weeks: int


@dataclass(frozen=True)
class Headline:
    band: Band
    horizon: int
    basis: str
    week: date
    rate: Rate
    verdict: Verdict
    because: str
    pooled: Pooled | None
    expected: Pooled | None
    all_mqls: Rate | None
    path_mqls: Rate | None
    note: str | None

    @property
    def verdict_text(self) -> str:
        return {"can't tell": "Can't tell from one week"}.get(self.verdict, self.verdict.capitalize())

    @property
    def top(self) -> float:
        """Where the scale of the picture ends."""
        shown = [self.rate, *(pooled.rate for pooled in (self.pooled, self.expected) if pooled)]
        return scale_top(self.band.high, shown)


def find_headline(cohorts: Cohorts | str, settings: Settings) -> Headline | str:
    """The headline, or why there is none yet."""
    if isinstance(cohorts, str):
        return cohorts
    final = cohorts.final_weeks(POOLED_WEEKS)
    if not final:
        final_after = f"a week's MQLs count as final {cohorts.horizon} days after the week has ended"
        return f"no weekly cohort is final yet: {final_after}"
    last = final[-1]
    rate = cohorts.pool([last])
    assert rate is not None  # final_weeks returns only weeks with MQLs
    band = settings.band
    judgement = verdict(rate.low, rate.high, band.low, band.high)
    pooled = _pooled(cohorts, final, band) if len(final) > 1 else None
    unhanded = "Hand-offs to sales are not recorded, so all MQLs are judged."
    return Headline(
        band=band,
        horizon=cohorts.horizon,
        basis=cohorts.basis,
        week=last.monday,
        rate=rate,
        verdict=judgement,
        because=_because(judgement, rate, band) + _together(judgement, pooled),
        pooled=pooled,
        expected=_pooled(cohorts, cohorts.open_weeks(), band),
        all_mqls=cohorts.pool([last], kind="all") if cohorts.judges_handed else None,
        path_mqls=cohorts.pool([last], kind="path"),
        note=None if cohorts.judges_handed else unhanded,
    )


def _pooled(cohorts: Cohorts, weeks: list[Week], band: Band) -> Pooled | None:
    rate = cohorts.pool(weeks)
    if rate is None:
        return None
    judgement = verdict(rate.low, rate.high, band.low, band.high)
    return Pooled(rate, judgement, weeks[0].monday, weeks[-1].monday, len(weeks))


def _because(judgement: Verdict, rate: Rate, band: Band) -> str:
    low, high = percent(band.low, 0), percent(band.high, 0)
    if judgement == "in band":
        return f"The whole interval lies between {low} and {high}."
    if judgement == "too loose":
        return f"Even the upper end of the interval is below {low}: too many MQLs are not worth sales' time."
    if judgement == "too strict":
        return f"Even the lower end of the interval is above {high}: good leads are probably kept from sales."
    if not band.low <= rate.value <= band.high:
        side = f"below {low}" if rate.value < band.low else f"above {high}"
        reach = "the interval reaches into the band"
        return f"It points {side}, but one week of this size can't settle it: {reach}."
    if rate.low < band.low and rate.high > band.high:
        reach = f"below {low} and above {high}"
    else:
        reach = f"below {low}" if rate.low < band.low else f"above {high}"
    return f"One week of this size can't settle it: the interval also reaches {reach}."


def _together(judgement: Verdict, pooled: Pooled | None) -> str:
    """What several weeks settle where one can't."""
    if judgement != "can't tell" or pooled is None:
        return ""
    if pooled.verdict == "can't tell":
        return f" Nor can the last {pooled.weeks} final weeks together."
    return f" The last {pooled.weeks} final weeks together are {pooled.verdict}."
