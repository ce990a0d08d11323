"""Campaigns beside their channel: those unlike it for more than chance, surest first, then the largest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.reporting.statistics import Estimate, scale_top
from orchestration.reporting.tables import Marts
from orchestration.reporting.words import channel as channel_name
from orchestration.reporting.words import name

MOST_ROWS = 50
LEAST_MQLS = 30
"""Smaller campaigns that do not differ are only counted: a list of them would be a list of chances."""

_ROWS = """
    select own.campaign_id, own.channel, own.entered, own.converted, own.rate_shrunken, own.shrunken_low,
           own.shrunken_high, whole.rate_shrunken, own.differs_from_channel, own.direction
    from marts.mart_small_campaigns as own
    inner join marts.mart_small_campaigns as whole
        on whole.step = own.step and whole.channel = own.channel and whole.campaign_id = '(all)'
    where own.step = 'mql_to_sql' and own.campaign_id <> '(all)'
    order by coalesce(own.differs_from_channel, false) desc,
        if(own.differs_from_channel, own.p_value, null), own.entered desc, own.channel, own.campaign_id
"""
_OF_TODAY = "select count(*) from marts.mart_small_campaigns where as_of::date = ?"
_ABOUT = """
    with sqls as (
        select campaign_id, sum(converted) as sqls
        from marts.mart_conversion_weekly
        where step = 'mql_to_sql' and channel = '(all)' and cohort_week::date <= ?
        group by 1
    )
    select campaign_id, name, cost / nullif(sqls, 0)
    from marts.dim_campaigns left join sqls using (campaign_id)
"""
_NAMES = "select campaign_id, name, null from marts.dim_campaigns"
_COLUMNS = (
    "as_of step channel campaign_id entered converted rate_shrunken shrunken_low shrunken_high p_value"
    " differs_from_channel direction"
)


@dataclass(frozen=True)
class Campaign:
    """A campaign beside its channel; rate: its own expected final, pulled towards the channel where it is
    small. is_compared: where it is alone in its channel, or too young, there is nothing to say.
    """

    campaign_id: str
    name: str
    channel: str
    entered: int
    converted: int
    cost_per_sql: float | None
    rate: Estimate | None
    channel_rate: float | None
    is_compared: bool
    differs: bool
    is_above: bool


@dataclass(frozen=True)
class Campaigns:
    """compared: how many were. rest: how many are not listed, and their MQLs and SQLs so far."""

    rows: tuple[Campaign, ...]
    compared: int
    rest: int
    rest_entered: int
    rest_converted: int

    @property
    def least(self) -> int:
        return LEAST_MQLS

    def top(self, band_high: float) -> float:
        """Where the scale of the pictures ends."""
        return scale_top(band_high, [row.rate for row in self.rows if row.rate])

    @property
    def above(self) -> Campaign | None:
        """The surest of those above their channel."""
        return next((row for row in self.rows if row.differs and row.is_above), None)

    @property
    def below(self) -> Campaign | None:
        return next((row for row in self.rows if row.differs and not row.is_above), None)


def find_campaigns(marts: Marts, as_of_day: date) -> Campaigns | str:
    """The campaigns of the calibration's year, or why none can be shown."""
    gap = marts.gap("mart_small_campaigns", _COLUMNS)
    if gap:
        return gap
    found = marts.rows(_ROWS)
    if not marts.rows(_OF_TODAY, [as_of_day])[0][0]:
        return "campaigns were compared for another day"
    if not any(row[0] != "(none)" for row in found):
        return "no MQL of the last year carries a campaign"
    about = _about(marts, as_of_day)
    every = [_row(row, about) for row in found]
    shown = [row for row in every if row.differs or row.entered >= LEAST_MQLS][:MOST_ROWS]
    rest = [row for row in every if row not in shown]
    return Campaigns(
        rows=tuple(shown),
        compared=sum(row.is_compared for row in every),
        rest=len(rest),
        rest_entered=sum(row.entered for row in rest),
        rest_converted=sum(row.converted for row in rest),
    )


def _row(found: tuple[Any, ...], about: dict[str, tuple[Any, ...]]) -> Campaign:
    key, channel, entered, converted, rate, low, high, whole, differs, direction = found
    label, cost = about.get(str(key), (None, None))
    known = rate is not None and low is not None and high is not None
    return Campaign(
        campaign_id=str(key),
        name=f"{channel_name(channel)} without a campaign" if key == "(none)" else name(label or key),
        channel=channel_name(channel),
        entered=int(entered or 0),
        converted=int(converted or 0),
        cost_per_sql=cost,
        rate=Estimate(rate, low, high) if known else None,
        channel_rate=whole,
        is_compared=differs is not None,
        differs=bool(differs) and direction is not None,
        is_above=direction == "above",
    )


def _about(marts: Marts, as_of_day: date) -> dict[str, tuple[Any, ...]]:
    """Name of each campaign, and its cost over all its SQLs so far."""
    if marts.has("dim_campaigns", "campaign_id name cost") and marts.has("mart_conversion_weekly"):
        return {str(key): tuple(rest) for key, *rest in marts.rows(_ABOUT, [as_of_day])}
    if marts.has("dim_campaigns", "campaign_id name"):
        return {str(key): tuple(rest) for key, *rest in marts.rows(_NAMES)}
    return {}
