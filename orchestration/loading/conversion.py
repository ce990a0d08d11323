"""From text to types, in SQL.

Each type has a strict form, which fails the statement, and a tolerant one, which gives NULL. What the strict
form accepts means the same in the tolerant one, which accepts a little more.
"""

from __future__ import annotations

from dataclasses import dataclass

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
_ORDERED = r"'^\s*([0-9]{1,2})([/.-])([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})([ T,].*)?$'"
# Numbers that fit one reading of their comma or point only, and those that fit two.
_COMMA = (
    r"'[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+),([0-9]{1,2}|[0-9]{4,})|[+-]?(0|[0-9]{4,}),[0-9]{3}"
    r"|[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]*|[+-]?[0-9]{1,3}([.][0-9]{3}){2,}'"
)
_POINT = r"'[+-]?[0-9]{1,3}(,[0-9]{3})+[.][0-9]*|[+-]?[0-9]{1,3}(,[0-9]{3}){2,}'"
_GROUP_OR_DECIMAL = r"'[+-]?[1-9][0-9]{0,2}[,.][0-9]{3}'"
_GROUP_OR_POINT = r"'\s*[+-]?[1-9][0-9]{0,2}[.][0-9]{3}\s*'"

_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_TIMES = ("", *(f"{mark}{clock}" for mark in (" ", ", ") for clock in _CLOCKS))
_NAMED = ("%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")


def _forms(*days: str) -> tuple[str, ...]:
    return tuple(day + time for day in days for time in _TIMES)


_WORDED = _forms(*_NAMED)
_DAY_FIRST = _forms(*(f"%d{mark}%m{mark}{year}" for mark in "/-." for year in ("%y", "%Y")))
_MONTH_FIRST = _forms(*(f"%m{mark}%d{mark}{year}" for mark in "/-." for year in ("%y", "%Y")))

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


def stands_alone(text: str, to: ColumnType) -> Typed:
    """The strict form of cells that could be odd: fails also where a point might stand between groups."""
    typed = convert(text, to, strict=True)
    if to not in ("integer", "number"):
        return typed
    odd = f"regexp_full_match({text}, {_GROUP_OR_POINT})"
    return Typed(f"CASE WHEN {odd} THEN error('not of its type') ELSE {typed.value} END")


@dataclass(frozen=True)
class Odd:
    """SQL of a cell that need not be in the standard form.

    value: read as it shows by itself or else as `style` says. readable: a value, whatever the style. hint:
    the style the cell proves (day or month first, `,` or `.` as decimal sign), `?` where it fits two, NULL
    where it says nothing.
    """

    typed: Typed
    readable: str
    hint: str


def convert_odd(text: str, to: ColumnType, style: str, parameters: Parameters) -> Odd:
    """Convert a cell that may be written in another form than the standard one; `style`: SQL, may be NULL."""
    return (_odd_number if to in ("integer", "number") else _odd_date)(text, to, style, parameters)


def _odd_number(text: str, to: ColumnType, style: str, parameters: Parameters) -> Odd:
    del parameters
    bare = bare_number(text)
    comma = convert(plain_number(text, ","), to, strict=False).value
    point = convert(plain_number(text, "."), to, strict=False).value
    sign = (
        f"CASE WHEN regexp_full_match({bare}, {_COMMA}) THEN ','"
        f" WHEN NOT regexp_full_match({bare}, {_GROUP_OR_DECIMAL}) THEN '.' END"
    )
    # 1.234 is a number in the standard form, unless its column is known to write decimal commas.
    usual = f"CASE WHEN regexp_full_match({bare}, {_GROUP_OR_POINT}) THEN '.' END"
    value = f"CASE coalesce({sign}, {style}, {usual}) WHEN ',' THEN {comma} WHEN '.' THEN {point} END"
    hint = (
        f"CASE WHEN ({sign}) = ',' THEN ',' WHEN regexp_full_match({bare}, {_POINT}) THEN '.'"
        f" WHEN ({sign}) IS NULL AND {text} IS NOT NULL THEN '?' END"
    )
    return Odd(Typed(value), f"coalesce({comma}, {point})", hint)


def _odd_date(text: str, to: ColumnType, style: str, parameters: Parameters) -> Odd:
    iso = convert(text, to, strict=False)
    worded, day, month = (
        _sane(convert_formatted(text, to, forms, parameters).value)
        for forms in (_WORDED, _DAY_FIRST, _MONTH_FIRST)
    )
    first, mark, second = (f"regexp_extract({text}, {_ORDERED}, {group})" for group in (1, 2, 3))
    one, two = (f"TRY_CAST({number} AS INTEGER)" for number in (first, second))
    # Dots stand in dates that begin with the day, unless they can't.
    order = (
        f"CASE WHEN {mark} = '' THEN NULL WHEN {two} > 12 THEN 'month' WHEN {one} > 12 OR {mark} = '.'"
        f" OR {one} = {two} THEN 'day' END"
    )
    standard = f"coalesce({iso.value}, {worded})"
    value = f"CASE coalesce({order}, {style}) WHEN 'day' THEN {day} WHEN 'month' THEN {month} END"
    proven = (
        f"CASE WHEN {mark} = '' THEN NULL WHEN {one} > 12 AND {day} IS NOT NULL THEN 'day'"
        f" WHEN {two} > 12 AND {month} IS NOT NULL THEN 'month'"
        f" WHEN ({order}) IS NULL AND coalesce({day}, {month}) IS NOT NULL THEN '?' END"
    )
    is_date = None
    if iso.is_date is not None:
        timed = parameters.add([form for form in (*_WORDED, *_DAY_FIRST, *_MONTH_FIRST) if _has_time(form)])
        is_date = (
            f"({iso.is_date} OR (({iso.value}) IS NULL"
            f" AND try_strptime(trim({text}), {timed}::VARCHAR[]) IS NULL AND {text} IS NOT NULL))"
        )
    return Odd(
        Typed(f"coalesce({standard}, {value})", is_date), f"coalesce({standard}, {day}, {month})", proven
    )


def _sane(value: str) -> str:
    """A year of three digits is none, whatever the pattern takes."""
    return f"CASE WHEN year({value}) BETWEEN 1900 AND 2200 THEN {value} END"


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
