"""How a file writes dates and numbers, settled by its own values and never guessed.

A column of 03/04/2026 is read only if some value of it fits one order of day and month alone; else other
files of the same object decide, then the other dates of the file; else it stays empty and is reported.
"""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import duckdb

from orchestration.loading.conversion import bare_number
from orchestration.loading.plan import FilePlan, Style
from orchestration.loading.sources import as_text, cell
from orchestration.loading.sql import Parameters, first_row

_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_TIMES = ("", *(f"{mark}{clock}" for mark in (" ", ", ") for clock in _CLOCKS))
_NAMED = ("%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_ORDERED = r"'^\s*([0-9]{1,2})([/.-])([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})([ T,].*)?$'"
_WORDED = r"'^\s*([0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{2,4}|[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}).*$'"
_PLAIN = r"'\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*'"
_COMMA = (
    r"'[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+),([0-9]{1,2}|[0-9]{4,})"
    r"|[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]*|[+-]?[0-9]{1,3}([.][0-9]{3}){2,}'"
)
_POINT = (
    r"'[+-]?[0-9]{1,3}(,[0-9]{3})+[.][0-9]*|[+-]?[0-9]{1,3}(,[0-9]{3}){2,}"
    r"|[+-]?[0-9]+[.]([0-9]{1,2}|[0-9]{4,})'"
)
_EITHER = r"'[+-]?[0-9]{1,3},[0-9]{3}'"
_MARKED = r"'[+-]?[0-9]+'"

Order = Literal["month", "day", "mixed", "open", "none"]
_WORDS = {"month": "month first", "day": "day first"}


@dataclass(frozen=True)
class Evidence:
    """What the values of one column show: how its dates begin, and kinds of its numbers."""

    dates: int = 0
    worded: int = 0
    first: int = 0
    second: int = 0
    dotted: int = 0
    comma: int = 0
    point: int = 0
    either: int = 0
    marked: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.dates + other.dates, self.worded + other.worded, max(self.first, other.first),
            max(self.second, other.second), self.dotted + other.dotted, self.comma + other.comma,
            self.point + other.point, self.either + other.either, self.marked + other.marked,
        )  # fmt: skip

    @property
    def order(self) -> Order:
        """Of day and month; dots stand in dates that begin with the day only."""
        if not self.dates:
            return "none"
        if self.first > 12 and self.second > 12:
            return "mixed"
        if self.second > 12:
            return "mixed" if self.dotted else "month"
        return "day" if self.first > 12 or self.dotted == self.dates else "open"

    @property
    def decimal(self) -> Literal["", ",", ".", "mixed", "open"]:
        if self.comma and self.point and (self.comma or self.either):
            return "mixed"
        if self.comma:
            return ","
        if self.either:
            return "." if self.point else "open"
        return "." if self.marked else ""


def settle(
    connection: duckdb.DuckDBPyConnection, plan: FilePlan, siblings: Iterable[FilePlan] = ()
) -> FilePlan:
    """The plan with the style of each column that is not written in the standard form."""
    found = _gather(connection, plan)
    odd = {index: e for index, e in found.items() if e.dates or e.worded or e.comma or e.either or e.marked}
    if not odd:
        return plan
    unsettled = [index for index, e in odd.items() if "open" in (e.order, e.decimal)]
    if unsettled:
        names = {plan.source.header[index]: index for index in unsettled}
        for other in siblings:
            for name, evidence in _named(connection, other, plan, names):
                odd[names[name]] += evidence
    orders = {e.order for e in odd.values() if e.order in ("month", "day")}
    decimals = {e.decimal for e in odd.values() if e.decimal in (",", ".") and not e.marked}
    styles, problems = dict(plan.styles), list(plan.problems)
    for index, evidence in odd.items():
        order, decimal = evidence.order, evidence.decimal
        order = next(iter(orders)) if order == "open" and len(orders) == 1 else order
        decimal = next(iter(decimals)) if decimal == "open" and len(decimals) == 1 else decimal
        styles[index], told = _style(plan.source.header[index], order, decimal, bool(evidence.worded))
        problems += [told] if told else []
    return replace(plan, styles=styles, problems=tuple(problems))


def _style(name: str, order: str, decimal: str, worded: bool) -> tuple[Style, str]:
    if order in ("open", "mixed"):
        why = "its values do not show whether day or month comes first" if order == "open" else (
            "some of its dates begin with the day and some with the month"
        )  # fmt: skip
        fix = "Export ISO dates (2026-03-31), or give date_formats in a mapping."
        return Style(refused=True), f"{name} was not read, since {why}; its text is kept in _extra. {fix}"
    if decimal in ("open", "mixed"):
        why = "its values do not show" if decimal == "open" else "its values disagree on"
        told = f"{name} was not read, since {why} whether the comma is a decimal comma; its text is kept in"
        return Style(refused=True), f"{told} _extra. Export numbers without groups of digits."
    if decimal == ",":
        return Style(decimal=","), f"{name} is read with decimal comma, as its values show."
    if decimal == ".":
        return Style(decimal="."), ""
    formats = tuple(date + time for date in _NAMED for time in _TIMES) if worded else ()
    if order in ("month", "day"):
        first, second = ("%m", "%d") if order == "month" else ("%d", "%m")
        days = [f"{first}{mark}{second}{mark}{year}" for mark in "/-." for year in ("%y", "%Y")]
        formats += tuple(day + time for day in days for time in _TIMES)
    return Style(formats), f"{name} is read {_WORDS[order]}, as the dates show." if order in _WORDS else ""


def _columns(plan: FilePlan) -> Iterator[tuple[int, str]]:
    """The file's own text columns that hold dates or numbers, as `date` or `number`."""
    kinds = {"date": "date", "timestamp": "date", "moment": "date", "number": "number", "integer": "number"}
    places = [(at.index, plan.profile.columns[name].type) for name, at in plan.cells.items()
              if at.index is not None and at.join is None and not at.formats and not at.values]  # fmt: skip
    for name, cells in plan.gathered.items():
        places += [(index, plan.profile.gather[name].type) for index, _ in cells]
    for index, column_type in places:
        if column_type in kinds and plan.source.types[index] == "VARCHAR":
            yield index, kinds[column_type]


def _gather(connection: duckdb.DuckDBPyConnection, plan: FilePlan) -> dict[int, Evidence]:
    columns = dict(_columns(plan))
    return _evidence(connection, plan, columns) if columns else {}


def _named(
    connection: duckdb.DuckDBPyConnection, other: FilePlan, plan: FilePlan, names: dict[str, int]
) -> Iterator[tuple[str, Evidence]]:
    if other is plan or other.profile.table != plan.profile.table:
        return
    columns = {index: kind for index, kind in _columns(other) if other.source.header[index] in names}
    if columns:
        for index, evidence in _evidence(connection, other, columns).items():
            yield other.source.header[index], evidence


def _evidence(
    connection: duckdb.DuckDBPyConnection, plan: FilePlan, columns: dict[int, str]
) -> dict[int, Evidence]:
    parameters = Parameters()
    sums: list[str] = []
    for index, kind in columns.items():
        text = as_text(cell(index), plan.source.types[index])
        sums += _date_sums(text) if kind == "date" else _number_sums(text)
    # The reader notes what it refuses in tables of this connection, which must not stay.
    lenient = replace(plan.source, lenient=True)
    sql = f"SELECT {', '.join(sums)} FROM {lenient.relation(parameters)}"
    try:
        row = first_row(connection, sql, parameters.used_in(sql))
    except duckdb.Error:
        return {}
    found, at = {}, 0
    for index, kind in columns.items():
        size = 5 if kind == "date" else 4
        part = [int(value or 0) for value in row[at : at + size]]
        found[index] = Evidence(*part) if kind == "date" else Evidence(0, 0, 0, 0, 0, *part)
        at += size
    return found


def _date_sums(text: str) -> list[str]:
    def number(group: int) -> str:
        return f"max(TRY_CAST(nullif(regexp_extract({text}, {_ORDERED}, {group}), '') AS INTEGER))"

    ordered = f"regexp_matches({text}, {_ORDERED})"
    dotted = f"regexp_extract({text}, {_ORDERED}, 2) = '.'"
    return [
        f"count(*) FILTER ({ordered})",
        f"count(*) FILTER (regexp_matches({text}, {_WORDED}))",
        number(1),
        number(3),
        f"count(*) FILTER ({dotted})",
    ]


def _number_sums(text: str) -> list[str]:
    bare = bare_number(text)
    odd = f"NOT regexp_full_match({text}, {_PLAIN})"
    marked = f"regexp_full_match({bare}, {_MARKED}) OR regexp_full_match({bare}, {_POINT})"
    return [
        f"count(*) FILTER (regexp_full_match({bare}, {_COMMA}))",
        f"count(*) FILTER (regexp_full_match({bare}, {_POINT}))",
        f"count(*) FILTER (regexp_full_match({bare}, {_EITHER}))",
        f"count(*) FILTER ({odd} AND ({marked}))",
    ]
