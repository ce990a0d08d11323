"""Channels against the band: flags hold at a false-discovery share, small channels stay undecided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scipy import stats

from orchestration.reporting.cohorts import Cohorts
from orchestration.reporting.statistics import Rate, Verdict, benjamini_hochberg, scale_top, verdict
from orchestration.reporting.volumes import AVERAGED_WEEKS, Period
from orchestration.reporting.words import channel as channel_name
from orchestration.settings import Band, Settings

FINAL_WEEKS = 13
LEAST_MQLS = 20
"""Smaller channels can hardly show anything; testing them would only make the others harder to tell."""


@dataclass(frozen=True)
class Channel:
    name: str
    mqls: int | None
    average: float | None
    final: Rate | None
    expected: Rate | None
    verdict: Verdict


@dataclass(frozen=True)
class Channels:
    first: date | None
    last: date | None
    week: date | None
    rows: tuple[Channel, ...]
    top: float


def out_of_band_p(rate: Rate, band: Band) -> float:
    """Exact p-value of the true rate lying inside the band; 1 where the observed one does.

    One-sided at the nearer edge: seen from there, a rate beyond the other edge is next to impossible.
    """
    if rate.value < band.low:
        return float(stats.binom.cdf(rate.converted, rate.entered, band.low * rate.seen))
    if rate.value > band.high:
        return float(stats.binom.sf(rate.converted - 1, rate.entered, band.high * rate.seen))
    return 1.0


def find_channels(cohorts: Cohorts | str, period: Period | str, settings: Settings) -> Channels | str:
    """One row a channel, the largest first, or why there are none."""
    if isinstance(cohorts, str) and isinstance(period, str):
        return cohorts
    known = set(cohorts.channels if isinstance(cohorts, Cohorts) else ())
    known |= set(period.channels if isinstance(period, Period) else ())
    final_weeks = cohorts.final_weeks(FINAL_WEEKS) if isinstance(cohorts, Cohorts) else []
    rates = {key: cohorts.pool(final_weeks, key) for key in known} if isinstance(cohorts, Cohorts) else {}
    shown = [(key, rate) for key, rate in sorted(rates.items()) if rate is not None]
    judged = [(key, rate) for key, rate in shown if rate.entered >= LEAST_MQLS]
    flags = benjamini_hochberg([out_of_band_p(rate, settings.band) for _, rate in judged])
    is_out = {key: flag for (key, _), flag in zip(judged, flags, strict=True)}
    rows = [
        _row(key, cohorts, period, rates.get(key), is_out.get(key, False), settings.band)
        for key in sorted(known)
    ]
    rows.sort(key=lambda row: (-(row.final.entered if row.final else 0), -(row.mqls or 0), row.name))
    return Channels(
        first=final_weeks[0].monday if final_weeks else None,
        last=final_weeks[-1].monday if final_weeks else None,
        week=period.newest if isinstance(period, Period) else None,
        rows=tuple(rows),
        top=scale_top(settings.band.high, [rate for _, rate in shown]),
    )


def _row(
    key: str, cohorts: Cohorts | str, period: Period | str, final: Rate | None, is_out: bool, band: Band
) -> Channel:
    mqls, average = None, None
    if isinstance(period, Period):
        mqls = period.week(period.newest, key).counts["mqls"]
        before = period.before("mqls", AVERAGED_WEEKS, key)
        average = sum(before) / len(before) if len(before) == AVERAGED_WEEKS else None
    expected = cohorts.pool(cohorts.open_weeks(), key) if isinstance(cohorts, Cohorts) else None
    return Channel(channel_name(key), mqls, average, final, expected, _judge(final, is_out, band))


def _judge(final: Rate | None, is_out: bool, band: Band) -> Verdict:
    if final is None:
        return "can't tell"
    if is_out:
        return "too loose" if final.value < band.low else "too strict"
    return "in band" if verdict(final.low, final.high, band.low, band.high) == "in band" else "can't tell"
