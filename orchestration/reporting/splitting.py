"""Does one threshold fit all channels, and what does not splitting cost; the answer first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.asof import end_of_day
from orchestration.reporting.curve import Suggestion
from orchestration.reporting.tables import Marts
from orchestration.reporting.words import channel as channel_name
from orchestration.reporting.words import count, name, number, percent, points
from orchestration.settings import Settings

NAMED = 5

_ROWS = """
    select channel, global_threshold, rate_global, rate_global_low, rate_global_high, own_threshold, label,
           p_in_band_global, p_in_band_own, mqls_per_week_global, sqls_per_week_global, mqls_per_week_own,
           sqls_per_week_own, handed_off_leads, sqls, out_of_band, coalesce(shape_warning, false),
           suggestion_id
    from marts.mart_threshold_channels
    where as_of > ? and as_of <= ? and label is not null
    order by mqls_per_week_global desc, channel
"""
_COLUMNS = (
    "as_of channel global_threshold rate_global rate_global_low rate_global_high own_threshold label "
    "p_in_band_global p_in_band_own mqls_per_week_global sqls_per_week_global mqls_per_week_own "
    "sqls_per_week_own handed_off_leads sqls out_of_band shape_warning suggestion_id"
)


@dataclass(frozen=True)
class Own:
    """One channel at the threshold of all, and what one of its own would be. command: to accept it, where
    that is open.
    """

    name: str
    rate: float | None
    low: float | None
    high: float | None
    follows: bool
    threshold: float | None
    chance_global: float | None
    chance_own: float | None
    mqls_global: float
    sqls_global: float
    mqls_own: float
    sqls_own: float
    handed_off: int | None
    sqls: int | None
    out_of_band: str | None
    is_odd: bool
    command: str | None


@dataclass(frozen=True)
class Splitting:
    answer: str
    cost: str
    at: float | None
    rows: tuple[Own, ...]

    @property
    def open(self) -> tuple[str, ...]:
        """Channels whose suggestion waits for a decision, the first few by name."""
        waiting = [row.name for row in self.rows if row.command]
        more = len(waiting) - NAMED
        return (*waiting[:NAMED], *([f"{number(more)} more"] if more > 0 else []))


def find_splitting(
    marts: Marts, as_of_day: date, settings: Settings, suggestions: tuple[Suggestion, ...] | str
) -> Splitting | str:
    """The channels judged in this calibration, or why there are none."""
    table = "mart_threshold_channels"
    if not marts.has(table, _COLUMNS):
        gap = marts.gap(table, _COLUMNS) or ""
        together = "all channels together could not be judged, or only one channel has leads"
        return together if gap.endswith("is empty") else gap
    window = [end_of_day(date.fromordinal(as_of_day.toordinal() - 1), settings.zone)]
    found = marts.rows(_ROWS, [*window, end_of_day(as_of_day, settings.zone)])
    if not found:
        return "channels were judged for another day"
    known = () if isinstance(suggestions, str) else suggestions
    open_ids = {s.suggestion_id: s for s in known}
    rows = tuple(_own(row, open_ids) for row in found)
    at = found[0][1]
    return Splitting(_answer(rows, at), _cost(rows, at), at, rows)


def _own(row: tuple[object, ...], suggestions: dict[str, Suggestion]) -> Own:
    (key, _, rate, low, high, threshold, label, chance, chance_own, *volumes) = row
    mqls, sqls, mqls_own, sqls_own, handed, won, out, odd, suggestion_id = volumes
    suggestion = suggestions.get(str(suggestion_id))
    changes = suggestion is not None and (suggestion.is_change or suggestion.splits_off)
    asks = suggestion is not None and changes and not suggestion.decision
    return Own(
        name=channel_name(key),
        rate=_float(rate),
        low=_float(low),
        high=_float(high),
        follows=label == "pooled",
        threshold=_float(threshold),
        chance_global=_float(chance),
        chance_own=_float(chance_own),
        mqls_global=_float(mqls) or 0.0,
        sqls_global=_float(sqls) or 0.0,
        mqls_own=_float(mqls_own) or 0.0,
        sqls_own=_float(sqls_own) or 0.0,
        handed_off=None if handed is None else int(str(handed)),
        sqls=None if won is None else int(str(won)),
        out_of_band=None if out is None else str(out),
        is_odd=bool(odd),
        command=f"bandpass thresholds accept {name(suggestion_id)} --workspace DIR" if asks else None,
    )


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


def _answer(rows: tuple[Own, ...], at: float | None) -> str:
    own = [row for row in rows if not row.follows]
    if not own:
        return f"Yes: {points(at)} fits {'both' if len(rows) == 2 else 'all ' + number(len(rows))} channels."
    named = ", ".join(f"{row.name} {points(row.threshold)}" for row in own[:NAMED])
    more = f" and {number(len(own) - NAMED)} more" if len(own) > NAMED else ""
    verb = "does" if len(own) == 1 else "do"
    return (
        f"No: {count(len(own), 'channel')} of {number(len(rows))} {verb} better with their own "
        f"({named}{more}); the others follow {points(at)}."
    )


def _cost(rows: tuple[Own, ...], at: float | None) -> str:
    """What one threshold for all brings against own ones."""
    if all(row.follows for row in rows):
        return ""
    before, after = _in_band(rows, own=False), _in_band(rows, own=True)
    mqls, mqls_own = sum(row.mqls_global for row in rows), sum(row.mqls_own for row in rows)
    sqls, sqls_own = sum(row.sqls_global for row in rows), sum(row.sqls_own for row in rows)
    return (
        f"With {points(at)} for all, {percent(before, 0)} of MQLs are expected to come from a channel in "
        f"the band, with own thresholds {percent(after, 0)}; "
        f"{number(mqls)} MQLs and {number(sqls, 1)} SQLs a week "
        f"against {number(mqls_own)} and {number(sqls_own, 1)}."
    )


def _in_band(rows: tuple[Own, ...], *, own: bool) -> float | None:
    """Share of MQLs from channels in band, by the stated chances."""
    mqls = [row.mqls_own if own else row.mqls_global for row in rows]
    chances = [(row.chance_own if own else row.chance_global) or 0.0 for row in rows]
    total = sum(mqls)
    return sum(m * c for m, c in zip(mqls, chances, strict=True)) / total if total > 0 else None
