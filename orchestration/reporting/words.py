"""How numbers, weeks and names read: one place, so that the whole report speaks alike."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_LONGEST_NAME = 60
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_UNFINISHED_WORDS = (
    (re.compile(r"\bcompleteness\b", re.IGNORECASE), "share seen so far"),
    (re.compile(r"\b(not |un)identified\b", re.IGNORECASE), "not tested"),
    (re.compile(r"\bidentified\b", re.IGNORECASE), "tested"),
)


def percent(value: float | None, digits: int = 1) -> str:
    """21.3%, or a dash where there is no number."""
    return "–" if value is None else f"{100 * value:.{digits}f}%"


def span(low: float | None, high: float | None) -> str:
    """An interval of rates: 17–26%, small ones with a decimal."""
    if low is None or high is None:
        return "–"
    digits = 1 if high < 0.1 else 0
    return f"{100 * low:.{digits}f}–{100 * high:.{digits}f}%"


def between(low: float | None, high: float | None) -> str:
    """An interval of numbers: 12–31."""
    return "–" if low is None or high is None else f"{number(low)}–{number(high)}"


def number(value: float | None, digits: int = 0) -> str:
    """1,204, or a dash where there is no number."""
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def points(value: float | None) -> str:
    """A threshold as people write it: 60, 62.5."""
    return "–" if value is None else f"{float(value):g}".replace("-", "−")


def change(now: float, before: float | None) -> str:
    """Relative change with sign, in brackets: (+6%); nothing where there was nothing to compare with."""
    if not before:
        return ""
    share = round(100 * (now / before - 1))
    return "(±0%)" if share == 0 else f"({share:+d}%)".replace("-", "−")


def day(value: date | None, year: bool = True) -> str:
    if value is None:
        return "–"
    return f"{value.day} {value:%b}" + (f" {value.year}" if year else "")


def week(monday: date, year: bool = True) -> str:
    """20–26 Apr 2026; both months where the week spans two."""
    sunday = monday + timedelta(days=6)
    first = (
        f"{monday.day}" if monday.month == sunday.month else day(monday, year and monday.year != sunday.year)
    )
    dash = "–" if monday.month == sunday.month else " – "
    return f"{first}{dash}{day(sunday, year)}"


def weeks(first: date, last: date) -> str:
    """The days from the first week's Monday to the last week's Sunday."""
    if first == last:
        return week(first)
    sunday = last + timedelta(days=6)
    return f"{day(first, first.year != sunday.year)} – {day(sunday)}"


def iso_week(monday: date) -> str:
    year, number_, _ = monday.isocalendar()
    return f"{year}-W{number_:02d}"


def count(amount: float, one: str, many: str | None = None) -> str:
    """3 weeks, 1 week."""
    return f"{number(amount)} {one if amount == 1 else many or one + 's'}"


def one_line(text: object) -> str:
    """Text from the data without line breaks and without control or direction-changing characters.

    Escaping is the template's task; this only keeps a text from tearing the layout or reordering its
    neighbours.
    """
    kept = "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in str(text or ""))
    return " ".join(kept.split())


def name(text: object) -> str:
    """A name from the data: one line, not endless."""
    short = one_line(text) or "(no name)"
    return short if len(short) <= _LONGEST_NAME else short[: _LONGEST_NAME - 1].rstrip() + "…"


def channel(text: object) -> str:
    """A channel as people say it: paid search, no channel."""
    return "no channel" if text == "(none)" else name(text).replace("_", " ")


def plain(text: object) -> str:
    """Free text of another part of the system in the report's own words."""
    result = one_line(text)
    for pattern, words in _UNFINISHED_WORDS:
        result = pattern.sub(words, result)
    return result
