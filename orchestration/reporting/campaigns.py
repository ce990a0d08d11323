"""Which campaigns differ from the others for more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.reporting.cohorts import LEAST_SEEN, Cohorts
from orchestration.reporting.statistics import Rate, benjamini_hochberg, ratio_p, scale_top
from orchestration.reporting.tables import Marts
from orchestration.reporting.words import channel as channel_name
from orchestration.reporting.words import name

WINDOW_WEEKS = 26
MOST_ROWS = 50
LEAST_MQLS = 30
"""Smaller campaigns are shown together: their own rates would mostly be chance."""

_COUNTS = """
    select campaign_id, sum(entered), sum(coalesce(converted_within_horizon, converted)),
           sum(entered * if(is_matured, 1, completeness))
    from marts.mart_conversion_weekly
    where step = 'mql_to_sql' and channel = '(all)' and campaign_id not in ('(all)', '(none)', 'unknown')
      and cohort_week::date between ? and ? and (is_matured or completeness >= ?)
    group by 1
    having sum(entered) > 0
    order by 1
"""
_ABOUT = """
    with sqls as (
        select campaign_id, sum(converted) as sqls
        from marts.mart_conversion_weekly
        where step = 'mql_to_sql' and channel = '(all)' and cohort_week::date <= ?
        group by 1
    )
    select campaign_id, name, channel, cost, sqls from marts.dim_campaigns left join sqls using (campaign_id)
"""


@dataclass(frozen=True)
class Campaign:
    """A campaign's rate and how likely so large a difference from its peers is by chance alone."""

    campaign_id: str
    name: str
    channel: str
    cost_per_sql: float | None
    rate: Rate
    peers: Rate
    p: float
    differs: bool

    @property
    def is_better(self) -> bool:
        return self.rate.value > self.peers.value


@dataclass(frozen=True)
class Campaigns:
    first: date
    last: date
    rows: tuple[Campaign, ...]
    compared: int
    rest_count: int
    rest: Rate | None
    together: Rate

    @property
    def least(self) -> int:
        return LEAST_MQLS

    def top(self, band_high: float) -> float:
        """Where the scale of the pictures ends."""
        return scale_top(band_high, [row.rate for row in self.rows])

    @property
    def best(self) -> Campaign | None:
        return next((row for row in self.rows if row.differs and row.is_better), None)

    @property
    def worst(self) -> Campaign | None:
        return next((row for row in reversed(self.rows) if row.differs and not row.is_better), None)


@dataclass(frozen=True)
class Counts:
    """Conversions, MQLs, and MQLs weighted by the share of final conversions that can be seen by now."""

    converted: int
    entered: int
    exposure: float

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.converted + other.converted, self.entered + other.entered, self.exposure + other.exposure
        )

    def __sub__(self, other: Counts) -> Counts:
        return Counts(
            self.converted - other.converted, self.entered - other.entered, self.exposure - other.exposure
        )

    @property
    def rate(self) -> Rate:
        return Rate(self.converted, self.entered, min(1.0, self.exposure / self.entered))


def compare(counts: dict[str, Counts], least: int = LEAST_MQLS) -> dict[str, tuple[float, bool]]:
    """Of each large enough campaign: its p-value against all others, and whether it holds among so many."""
    total = sum(counts.values(), start=Counts(0, 0, 0.0))
    large = [key for key, own in counts.items() if own.entered >= least and total.entered > own.entered]
    p_values = []
    for key in large:
        own, others = counts[key], total - counts[key]
        p_values.append(ratio_p(own.converted, own.exposure, others.converted, others.exposure))
    return {
        key: (p, keep) for key, p, keep in zip(large, p_values, benjamini_hochberg(p_values), strict=True)
    }


def find_campaigns(marts: Marts, cohorts: Cohorts | str, as_of_day: date) -> Campaigns | str:
    """The campaigns of the last half year, best first, or why there are none."""
    if isinstance(cohorts, str):
        return cohorts
    window = [w for w in cohorts.weeks if w.is_readable][-WINDOW_WEEKS:]
    if not window:
        return "no weekly cohort is old enough yet"
    first, last = window[0].monday, window[-1].monday
    counts = {
        str(key): Counts(int(converted or 0), int(entered), float(exposure))
        for key, entered, converted, exposure in marts.rows(_COUNTS, [first, last, LEAST_SEEN])
    }
    if not counts:
        return "no MQL of the last half year carries a campaign"
    total = sum(counts.values(), start=Counts(0, 0, 0.0))
    compared = compare(counts)
    shown = _shown(counts, compared)
    about = _about(marts, as_of_day)
    rows = [_row(key, *compared[key], counts[key], total, about.get(key)) for key in shown]
    rows.sort(key=lambda row: (-row.rate.value, row.campaign_id))
    rest = [own for key, own in counts.items() if key not in shown]
    pooled = sum(rest, start=Counts(0, 0, 0.0)).rate if rest else None
    return Campaigns(first, last, tuple(rows), len(compared), len(rest), pooled, total.rate)


def _shown(counts: dict[str, Counts], compared: dict[str, tuple[float, bool]]) -> set[str]:
    """Those that differ, then the largest: a page of thousands of rows would tell nobody anything."""
    order = sorted(compared, key=lambda key: (not compared[key][1], -counts[key].entered, key))
    return set(order[:MOST_ROWS])


def _row(
    key: str, p: float, differs: bool, own: Counts, total: Counts, about: tuple[Any, ...] | None
) -> Campaign:
    label, channel, cost, sqls = about or (key, None, None, None)
    return Campaign(
        campaign_id=key,
        name=name(label or key),
        channel=channel_name(channel) if channel else "–",
        cost_per_sql=cost / sqls if cost is not None and sqls else None,
        rate=own.rate,
        peers=(total - own).rate,
        p=p,
        differs=differs,
    )


def _about(marts: Marts, as_of_day: date) -> dict[str, tuple[Any, ...]]:
    """Name, channel, cost and all SQLs so far of each campaign."""
    if not marts.has("dim_campaigns", "campaign_id name channel cost"):
        return {}
    return {str(key): tuple(rest) for key, *rest in marts.rows(_ABOUT, [as_of_day])}
