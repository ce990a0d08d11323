"""Which campaigns can be told apart from the rest of their channel; the others stay unnamed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.reporting.tables import Marts
from orchestration.reporting.words import channel as channel_name
from orchestration.reporting.words import name

MOST_SHOWN = 12

_ROWS = """
    select own.campaign_id, own.channel, own.entered, own.converted, own.rate_shrunken, own.shrunken_low,
           own.shrunken_high, whole.rate_shrunken, own.direction
    from marts.mart_small_campaigns as own
    inner join marts.mart_small_campaigns as whole
        on whole.step = own.step and whole.channel = own.channel and whole.campaign_id = '(all)'
    where own.step = 'mql_to_sql' and own.differs_from_channel and own.rate_shrunken is not null
        and whole.rate_shrunken is not null and own.direction is not null
    order by own.p_value, own.channel, own.campaign_id
"""
_COMPARED = """
    select count(*) filter (differs_from_channel is not null), count(*) filter (as_of::date = ?)
    from marts.mart_small_campaigns
    where step = 'mql_to_sql' and campaign_id <> '(all)'
"""
_NAMES = "select campaign_id, name from marts.dim_campaigns where name is not null"
_COLUMNS = (
    "as_of step channel campaign_id entered converted rate_shrunken shrunken_low shrunken_high p_value"
    " differs_from_channel direction"
)


@dataclass(frozen=True)
class Differing:
    """A campaign beside its channel: expected final rates, its own with 90 % interval."""

    name: str
    channel: str
    entered: int
    converted: int
    rate: float
    low: float
    high: float
    channel_rate: float
    is_above: bool


@dataclass(frozen=True)
class Apart:
    """Surest first, never ranked by rate."""

    rows: tuple[Differing, ...]
    more: int
    compared: int


def find_apart(marts: Marts, as_of_day: date) -> Apart | str:
    """Campaigns that differ from their channel, or why none could be compared."""
    gap = marts.gap("mart_small_campaigns", _COLUMNS)
    if gap:
        return gap
    compared, of_today = marts.rows(_COMPARED, [as_of_day])[0]
    if not of_today:
        return "they were compared for another day, or no MQL carries a campaign"
    if not compared:
        return "no channel has two campaigns"
    named: dict[str, str] = {}
    if marts.has("dim_campaigns", "campaign_id name"):
        named = {str(key): str(label) for key, label in marts.rows(_NAMES)}
    rows = tuple(
        Differing(
            name=f"{channel_name(channel)} without a campaign"
            if key == "(none)"
            else name(named.get(key, key)),
            channel=channel_name(channel),
            entered=int(entered or 0),
            converted=int(converted or 0),
            rate=rate,
            low=low,
            high=high,
            channel_rate=whole,
            is_above=direction == "above",
        )
        for key, channel, entered, converted, rate, low, high, whole, direction in marts.rows(_ROWS)
        if low is not None and high is not None
    )
    return Apart(rows[:MOST_SHOWN], max(len(rows) - MOST_SHOWN, 0), int(compared))
