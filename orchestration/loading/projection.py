"""The SELECT that turns a file's records into rows of its raw table."""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.loading.conversion import (
    WHAT,
    Odd,
    Typed,
    convert,
    convert_formatted,
    convert_native,
    convert_odd,
    stands_alone,
)
from orchestration.loading.plan import Cell, FilePlan
from orchestration.loading.profiles import Column
from orchestration.loading.sources import Source, as_text, cell
from orchestration.loading.sql import Parameters
from orchestration.loading.tables import date_flag

_NUMBERS = ("integer", "number")
_ODD_TYPES = ("date", "timestamp", "moment", *_NUMBERS)


@dataclass(frozen=True)
class Value:
    """One column of the raw table: cleaned text, converted value.

    odd: where cells may be in another than the standard form; index: then the file's column.
    """

    name: str
    column: Column
    text: str
    typed: Typed
    odd: Odd | None = None
    index: int | None = None


def records(plan: FilePlan, parameters: Parameters, *, numbered: bool) -> str:
    """SQL of the file's records; `numbered` adds n, the number among the records that could be read."""
    base = plan.source.relation(parameters)
    if not numbered:
        return base
    base = f"(SELECT *, row_number() OVER () AS n FROM {base})"
    for position, join in enumerate(plan.joins):
        theirs = _joined(join.source.relation(parameters), [theirs for _, theirs in join.on], position)
        on = " AND ".join(
            f"base.{cell(own)} = j.{_join_key(position, k)}" for k, (own, _) in enumerate(join.on)
        )
        base = f"(SELECT base.*, j.* FROM {base} AS base LEFT JOIN {theirs} AS j ON {on})"
    return base


def _joined(relation: str, keys: list[int], position: int) -> str:
    """The last record of each key, its cells in one struct."""
    names = ", ".join(f"{cell(key)} AS {_join_key(position, k)}" for k, key in enumerate(keys))
    by = ", ".join(cell(key) for key in keys)
    return (
        f"(SELECT {names}, r AS {_join_row(position)} FROM (SELECT *, r, row_number() OVER () AS n"
        f" FROM {relation} AS r) QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY n DESC) = 1)"
    )


def _join_key(position: int, key: int) -> str:
    return f"k{position}_{key}"


def _join_row(position: int) -> str:
    return f"row{position}"


def values(plan: FilePlan, parameters: Parameters, zone: str, *, strict: bool) -> Iterator[Value]:
    """Every column the file fills."""
    zone_name = parameters.add(zone)
    texts: dict[str, str] = {}
    for name, column in plan.profile.columns.items():
        source_cell = plan.cells.get(name)
        if source_cell is not None:
            value = _value(plan, source_cell, name, column, parameters, zone_name, strict)
            texts[name] = value.text
            yield value
    for name, parts in plan.profile.derived.items():
        joined = ", ".join(f"coalesce({texts[part]}, '')" for part in parts if part in texts)
        digest = f"'d_' || md5(concat_ws('|', {joined}))"
        yield Value(name, plan.profile.columns[name], digest, Typed(digest))


def gathered(
    plan: FilePlan, parameters: Parameters, zone: str, *, strict: bool
) -> Iterator[tuple[str, list[tuple[str, Value]]]]:
    """The JSON columns that several columns of the file fill: key and value of each."""
    zone_name = parameters.add(zone)
    for name, places in plan.gathered.items():
        column = Column(type=plan.profile.gather[name].type)
        values = [
            (key, _value(plan, Cell(index), plan.source.header[index], column, parameters, zone_name, strict))
            for index, key in places
        ]
        yield name, values


def as_object(pairs: list[tuple[str, Value]], parameters: Parameters) -> str:
    """SQL of a JSON object of the values that hold something, else NULL."""
    texts = [(key, f"({value.typed.value})::VARCHAR") for key, value in pairs]
    return _object(texts, parameters)


def _object(pairs: list[tuple[str, str]], parameters: Parameters) -> str:
    listed = ", ".join(f"{parameters.add(key)}::VARCHAR, {text}" for key, text in pairs)
    return f"nullif(json_merge_patch('{{}}', json_object({listed}))::VARCHAR, '{{}}')::JSON"


def _value(
    plan: FilePlan, at: Cell, name: str, column: Column, parameters: Parameters, zone: str, strict: bool
) -> Value:
    own = at.index is not None and at.join is None
    if at.index is None:
        text = f"{parameters.add(at.constant)}::VARCHAR"
    else:
        source: Source = plan.source if at.join is None else plan.joins[at.join].source
        place = cell(at.index) if at.join is None else f"{_join_row(at.join)}.{cell(at.index)}"
        sql_type = source.types[at.index]
        if not at.values and not at.formats:
            native = convert_native(place, sql_type, column.type, zone)
            if native is not None:
                return Value(name, column, f"{place}::VARCHAR", native)
        text = as_text(place, sql_type)
        own = own and sql_type == "VARCHAR" and not at.values and not at.formats
    if at.values:
        keys, targets = parameters.add(list(at.values)), parameters.add(list(at.values.values()))
        text = (
            f"CASE WHEN list_contains({keys}::VARCHAR[], {text})"
            f" THEN list_extract({targets}::VARCHAR[], list_position({keys}::VARCHAR[], {text}))"
            f" ELSE {text} END"
        )
    if at.formats and column.type in ("date", "timestamp", "moment"):
        return Value(name, column, text, convert_formatted(text, column.type, at.formats, parameters))
    if own and column.type in _ODD_TYPES and not (plan.source.is_json and column.type in _NUMBERS):
        if strict:
            return Value(name, column, text, stands_alone(text, column.type))
        odd = convert_odd(text, column.type, "NULL", parameters)
        return Value(name, column, text, odd.typed, odd, at.index)
    return Value(name, column, text, convert(text, column.type, strict=strict))


def outputs(value: Value) -> Iterator[tuple[str, str]]:
    """Column and SQL of what goes into the raw table."""
    yield value.name, value.typed.value
    if value.typed.is_date is not None:
        yield date_flag(value.name), value.typed.is_date


def extra(plan: FilePlan, parameters: Parameters, kept: Sequence[Value] = ()) -> str:
    """SQL of `_extra`: columns the profile does not know, and text of `kept` ones that fits two readings."""
    source = plan.source
    texts = [(name_in_extra(source, v), f"CASE WHEN {v.odd.hint} = '?' THEN {v.text} END")
             for v in kept if v.odd is not None and v.index is not None]  # fmt: skip
    taken = {name for name, _ in texts}
    if source.is_json:
        nothing = parameters.add(json.dumps(_nulls(plan)))
        rest = f"CASE WHEN json_valid(whole) THEN json_merge_patch(whole::JSON, {nothing}::JSON) END"
        if texts:
            rest = f"json_merge_patch(({rest})::JSON, coalesce({_object(texts, parameters)}, '{{}}'::JSON))"
        return f"nullif(({rest})::VARCHAR, '{{}}')::JSON"
    cells = [(source.header[index], as_text(cell(index), source.types[index])) for index in plan.unknown]
    # An unknown column of the same name gives way.
    cells = [(name, text) for name, text in cells if name not in taken] + texts
    return _object(cells, parameters) if cells else "NULL::JSON"


def name_in_extra(source: Source, value: Value) -> str:
    """Under which name `_extra` keeps the text of a column."""
    return "" if value.index is None else source.header[value.index]


def _nulls(plan: FilePlan) -> dict[str, Any]:
    """A JSON merge patch that takes away what fills a column."""
    used = {at.index for at in plan.cells.values() if at.index is not None and at.join is None}
    used |= {index for places in plan.gathered.values() for index, _ in places}
    patch: dict[str, Any] = {}
    for index in used:
        *outer, name = plan.source.pointers[index].split("/")[1:]
        inside = patch
        for part in outer:
            inside = inside.setdefault(part, {})
        inside[name.replace("~1", "/").replace("~0", "~")] = None
    return patch


def failures(plan: FilePlan, found: list[Value], parameters: Parameters) -> str:
    """SQL list of what is wrong with a record: structs of column and reason."""
    wrong = []
    for value in found:
        name, what = f"{parameters.add(value.name)}::VARCHAR", WHAT[value.column.type]
        read = value.odd.readable if value.odd else value.typed.value
        wrong.append(
            f"CASE WHEN {value.text} IS NOT NULL AND nullif(trim({value.text}), '') IS NOT NULL"
            f" AND ({read}) IS NULL"
            f" THEN {{'column_name': {name}, 'reason': '{what} was expected'}} END"
        )
        if value.name in plan.profile.key:
            wrong.append(
                f"CASE WHEN nullif(trim({value.text}), '') IS NULL"
                f" THEN {{'column_name': {name}, 'reason': 'the key is empty'}} END"
            )
    return f"list_filter([{', '.join(wrong)}], lambda x: x IS NOT NULL)"
