"""What a fit rule or an exclusion asks of one attribute value."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache

import duckdb

_REGEX_ENGINE = duckdb.connect()  # RE2 itself: Python's own `re` has another dialect
_TRUE = {"true", "t", "yes", "y", "1"}
_FALSE = {"false", "f", "no", "n", "0"}


@cache
def holds(operator: str, value: object, wanted: str | None) -> bool:
    """True where the attribute value satisfies the condition; null satisfies only is_null."""
    if operator == "is_null":
        return value is None
    if value is None:
        return False
    if operator == "not_null":
        return True
    if wanted is None:
        return False
    if operator in {"gte", "lte"}:
        return _compares(operator, _as_number(value), _as_number(wanted))
    if operator == "contains":
        return _as_text(wanted) in _as_text(value)
    if operator == "regex":
        found = _REGEX_ENGINE.execute(
            "SELECT regexp_matches(?, ?, 'i')", [str(value).strip(), wanted]
        ).fetchone()
        return bool(found and found[0])
    if operator in {"eq", "ne", "in"}:
        options = [_like(value, part) for part in (wanted.split("|") if operator == "in" else [wanted])]
        options = [option for option in options if option is not None]
        if not options:  # nothing in the rule can be cast to what the attribute is
            return False
        return (_own(value) in options) != (operator == "ne")
    raise ValueError(f"unknown operator {operator!r}")


def _compares(operator: str, number: float | None, bound: float | None) -> bool:
    if number is None or bound is None:
        return False
    return number >= bound if operator == "gte" else number <= bound


def _as_text(value: object) -> str:
    return str(value).strip().lower()


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value).strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _as_flag(text: str) -> bool | None:
    if _as_text(text) in _TRUE:
        return True
    return False if _as_text(text) in _FALSE else None


def _own(value: object) -> object:
    if isinstance(value, bool):
        return value
    return _as_number(value) if isinstance(value, int | float | Decimal) else _as_text(value)


def _like(value: object, text: str) -> object:
    """The rule's text cast to the type of the attribute; None where that is impossible."""
    if isinstance(value, bool):
        return _as_flag(text)
    return _as_number(text) if isinstance(value, int | float | Decimal) else _as_text(text)
