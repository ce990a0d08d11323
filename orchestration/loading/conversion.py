"""From text to types, in SQL.

Each type has a strict form, which fails the statement, and a tolerant one, which gives NULL. What the strict
form accepts means the same in the tolerant one, which accepts a little more.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.loading.plan import Style
from orchestration.loading.profiles import ColumnType
from orchestration.loading.sql import Parameters

_INTEGER = r"'\s*[+-]?[0-9]+(\.0*)?\s*'"
_NUMBER = r"'\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*'"
_DAY = r"'\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\s*'"
# Four-digit years only: DuckDB takes 24-1-1 for the year 24, and words such as `epoch` for times.
_TIME = r"'\s*[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}.*'"
_EPOCH = r"'[0-9]{12,13}'"
_NOT_NUMBER = r"'[\s\x{00A0}\x{202F}'']|^[A-Z]{3}|[A-Z]{3}$|[$€£¥]'"
_ALNUM_15 = "'[0-9A-Za-z]{15}'"

WHAT = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "timestamp": "a time",
    "moment": "a time or date",
    "json": "JSON",
    "text": "text",
    "id": "an id",
    "salesforce_id": "an id",
}


@dataclass(frozen=True)
class Typed:
    """SQL of a converted value, and for a moment of whether it is a date only."""

    value: str
    is_date: str | None = None


def convert(text: str, to: ColumnType, *, strict: bool) -> Typed:
    """Convert cleaned text. Times without a zone are those of the session's time zone."""
    cast = "CAST" if strict else "TRY_CAST"
    plain = text if strict else f"nullif(trim({text}), '')"
    match to:
        case "text" | "id":
            return Typed(text)
        case "salesforce_id":
            return Typed(salesforce_id(text))
        case "integer":
            return Typed(_checked(plain, _INTEGER, f"{cast}({plain} AS BIGINT)", strict))
        case "number":
            return Typed(_checked(plain, _NUMBER, f"{cast}({plain} AS DOUBLE)", strict))
        case "boolean":
            return Typed(f"{cast}({plain} AS BOOLEAN)")
        case "date":
            day = f"{cast}({plain} AS DATE)"
            return Typed(_looks_iso(plain, day) if strict else _checked(plain, _TIME, day, strict))
        case "timestamp":
            return Typed(_instant(plain, strict))
        case "moment":
            day_only = f"regexp_full_match({text}, {_DAY})"
            day = f"{cast}({plain} AS TIMESTAMP)"
            return Typed(f"CASE WHEN {day_only} THEN {day} ELSE {_instant(plain, strict)} END", day_only)
        case "json":
            return Typed(f"{cast}({plain} AS JSON)")


def convert_formatted(text: str, to: ColumnType, formats: tuple[str, ...], parameters: Parameters) -> Typed:
    """Convert dates and times written in the given strptime formats, without a zone; NULL where none fits."""
    naive = parameters.add([form for form in formats if "%z" not in form and "%Z" not in form])
    parsed = f"try_strptime(trim({text}), {naive}::VARCHAR[])"
    if to == "date":
        return Typed(f"{parsed}::DATE")
    has_time = parameters.add([form for form in formats if _has_time(form)])
    instant = f"timezone('UTC', {parsed}::TIMESTAMPTZ)"
    if to == "timestamp":
        return Typed(instant)
    is_date = f"(try_strptime(trim({text}), {has_time}::VARCHAR[]) IS NULL AND {text} IS NOT NULL)"
    return Typed(f"CASE WHEN {is_date} THEN {parsed} ELSE {instant} END", is_date)


def convert_styled(text: str, to: ColumnType, style: Style, parameters: Parameters) -> Typed:
    """Convert a column whose style was settled by its values: other dates beside ISO, decimal commas."""
    if to in ("integer", "number"):
        return convert(plain_number(text, style.decimal), to, strict=False)
    iso = convert(text, to, strict=False)
    other = convert_formatted(text, to, style.formats, parameters)
    # A year of three digits is none, whatever the pattern takes.
    sane = f"CASE WHEN year({other.value}) BETWEEN 1900 AND 2200 THEN {other.value} END"
    both = f"coalesce({iso.value}, {sane})"
    if iso.is_date is None or other.is_date is None:
        return Typed(both)
    return Typed(both, f"({iso.is_date} OR ({iso.value} IS NULL AND {other.is_date}))")


def bare_number(text: str) -> str:
    """Without currency and what sets groups of digits apart, comma and point excepted."""
    return f"regexp_replace({text}, {_NOT_NUMBER}, '', 'g')"


def plain_number(text: str, decimal: str) -> str:
    """A number as databases write it; NULL where its groups of digits are not of three."""
    group, bare = ("[.]" if decimal == "," else ","), bare_number(text)
    point = "," if decimal == "," else "[.]"
    form = f"'[+-]?([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)?({point}[0-9]*)?'"
    without = f"replace(regexp_replace({bare}, '{group}', '', 'g'), '{',' if decimal == ',' else '.'}', '.')"
    return f"CASE WHEN regexp_full_match({bare}, {form}) THEN {without} ELSE {text} END"


def convert_native(name: str, from_type: str, to: ColumnType, zone: str) -> Typed | None:
    """Columns that arrive typed (Parquet) and need no detour over text, else None. `zone`: as SQL."""
    if from_type == "TIMESTAMP WITH TIME ZONE" and to in ("timestamp", "moment"):
        return Typed(f"timezone('UTC', {name})", _never_date(name, to))
    if from_type.startswith("TIMESTAMP") and to in ("timestamp", "moment"):
        return Typed(f"timezone('UTC', timezone({zone}, {name}::TIMESTAMP))", _never_date(name, to))
    if from_type == "DATE" and to == "moment":
        return Typed(f"{name}::TIMESTAMP", f"CASE WHEN {name} IS NOT NULL THEN true END")
    same = {"integer": {"BIGINT", "INTEGER", "SMALLINT"}, "number": {"BIGINT", "INTEGER", "SMALLINT"},
            "boolean": {"BOOLEAN"}, "date": {"DATE"}}  # fmt: skip
    return Typed(name) if from_type in same.get(to, set()) else None


def salesforce_id(text: str) -> str:
    """15-character ids get the 3 that make up for lost case: each tells which of 5 are capitals."""
    capital = f"CASE WHEN substr({text}, start + bit, 1) BETWEEN 'A' AND 'Z' THEN 1 << bit ELSE 0 END"
    bits = f"list_sum(list_transform([0, 1, 2, 3, 4], lambda bit: {capital}))"
    letter = f"substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 + {bits}::INTEGER, 1)"
    suffix = f"array_to_string(list_transform([1, 6, 11], lambda start: {letter}), '')"
    return (
        f"CASE WHEN strlen({text}) = 15 AND regexp_full_match({text}, {_ALNUM_15})"
        f" THEN {text} || {suffix} ELSE {text} END"
    )


def _instant(text: str, strict: bool) -> str:
    if strict:
        return _looks_iso(text, f"timezone('UTC', CAST({text} AS TIMESTAMPTZ))")
    # Marketo's REST writes 2017-09-25T21:51:20Z+0000, HubSpot's older one milliseconds since 1970.
    repaired = f"regexp_replace({text}, 'Z[+]0000$', 'Z')"
    epoch = f"CASE WHEN regexp_full_match({text}, {_EPOCH}) THEN epoch_ms(TRY_CAST({text} AS BIGINT)) END"
    iso = _checked(text, _TIME, f"timezone('UTC', TRY_CAST({repaired} AS TIMESTAMPTZ))", strict)
    return f"coalesce({iso}, {epoch})"


def _checked(text: str, pattern: str, value: str, strict: bool) -> str:
    """DuckDB's casts take more than we do (5.7 as 6, `infinity`): the text must look the part as well."""
    otherwise = f"CASE WHEN {text} IS NOT NULL THEN error('not of its type') END" if strict else "NULL"
    return f"CASE WHEN regexp_full_match({text}, {pattern}) THEN {value} ELSE {otherwise} END"


def _looks_iso(text: str, value: str) -> str:
    """As `_checked` for times, strict; a pattern costs a fraction of a regular expression."""
    otherwise = f"CASE WHEN {text} IS NOT NULL THEN error('not of its type') END"
    return f"CASE WHEN {text} LIKE '____-__-__%' THEN {value} ELSE {otherwise} END"


def _has_time(form: str) -> bool:
    return any(mark in form for mark in ("%H", "%I", "%c", "%X", "%T", "%s"))


def _never_date(name: str, to: ColumnType) -> str | None:
    return f"CASE WHEN {name} IS NOT NULL THEN false END" if to == "moment" else None
