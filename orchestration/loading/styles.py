"""How columns write dates and numbers, settled by their values and never guessed.

A cell that fits one reading only (13/04/2026; 1.234,50) is read so. One that fits two (03/04/2026; 1,234) is
read as the proven cells of its column, in whatever file and load; else as those of the object's other
columns; else, or where they disagree, it stays empty. Its text is kept in `_extra`, and every load reads it
anew: in which order and in how many pieces the files came makes no difference.
"""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from orchestration.loading.conversion import convert_odd
from orchestration.loading.plan import FilePlan
from orchestration.loading.profiles import TABLES, ObjectProfile
from orchestration.loading.projection import Value, name_in_extra
from orchestration.loading.sql import Parameters, first_row, quoted
from orchestration.loading.tables import content_hash, data_columns, date_flag, raw_table

_READ = {
    "day": "{0} is read day first, as the dates show.",
    "month": "{0} is read month first, as the dates show.",
    ",": "{0} is read with decimal comma, as its values show.",
    ".": "{0} is read with commas between groups of digits, as its values show.",
}


@dataclass(frozen=True)
class _Column:
    """A column of a raw table, or a key of one of its JSON columns."""

    name: str
    key: str | None
    is_number: bool


def hint_column(position: int) -> str:
    return f"hint{position}"


def note_hints(
    warehouse: duckdb.DuckDBPyConnection,
    plan: FilePlan,
    file_hash: str,
    zone: str,
    columns: Sequence[tuple[str, str | None, Value]],
    staged: str,
) -> None:
    """Keep what the cells of a file prove, and in which columns some fit two readings."""
    for position, (name, key, value) in enumerate(columns):
        warehouse.execute(
            "INSERT INTO raw._styles"
            " SELECT $hash, $vendor, $object, $column, $key, $place, $zone, hint, cells"
            f" FROM (SELECT {hint_column(position)} AS hint, count(*) AS cells FROM {staged}"
            f" WHERE len(wrong) = 0 AND {hint_column(position)} IS NOT NULL GROUP BY ALL)",
            {
                "hash": file_hash, "vendor": plan.profile.vendor, "object": plan.profile.object,
                "column": name, "key": key, "place": name_in_extra(plan.source, value), "zone": zone,
            },
        ).fetchall()  # fmt: skip


def read_anew(
    warehouse: duckdb.DuckDBPyConnection, tables: Iterable[ObjectProfile]
) -> dict[tuple[str, str], list[str]]:
    """Read cells that fit two readings by all that is known now; what to tell of files, by hash and table."""
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    before = first_row(warehouse, "SELECT current_setting('TimeZone')")[0]
    for profile in {profile.table: profile for profile in tables}.values():
        base = next(table for table in TABLES if table.table == profile.table)
        updated: set[str] = set()
        for column, style in _styles(warehouse, base).items():
            places = warehouse.execute(
                "SELECT file_hash, place, zone, sum(cells) FROM raw._styles WHERE vendor = $vendor AND"
                " object = $object AND column_name = $column AND json_key IS NOT DISTINCT FROM $key"
                " AND hint = '?' GROUP BY ALL ORDER BY ALL",
                {"vendor": base.vendor, "object": base.object, "column": column.name, "key": column.key},
            ).fetchall()
            for file_hash, place, zone, cells in places:
                _update(warehouse, base, column, style, (file_hash, place, zone))
                updated.add(file_hash)
                told[file_hash, base.table].append(_told(place, int(cells), style, column.is_number))
        if updated:
            held = content_hash(base, {name: quoted(name) for name in data_columns(base)})
            warehouse.execute(
                f"UPDATE {raw_table(base)} SET _content = {held} WHERE list_contains($files, _file_hash)",
                {"files": sorted(updated)},
            ).fetchall()
    warehouse.execute(f"SET TimeZone = '{before}'")
    return told


def _styles(warehouse: duckdb.DuckDBPyConnection, profile: ObjectProfile) -> dict[_Column, str | None]:
    """The style of each column with cells that fit two readings: proven, `mixed`, or None."""
    rows = warehouse.execute(
        "SELECT DISTINCT column_name, json_key, hint FROM raw._styles"
        " WHERE vendor = $vendor AND object = $object ORDER BY ALL",
        {"vendor": profile.vendor, "object": profile.object},
    ).fetchall()
    proven: dict[_Column, set[str]] = {}
    for name, key, hint in rows:
        kind = profile.gather[name].type if key is not None else profile.columns[name].type
        column = _Column(name, key, kind in ("integer", "number"))
        proven.setdefault(column, set()).update({hint} - {"?"})
    everywhere = {
        is_number: set().union(*(hints for column, hints in proven.items() if column.is_number == is_number))
        for is_number in (True, False)
    }
    return {column: _only(hints or everywhere[column.is_number]) for column, hints in proven.items()}


def _only(hints: set[str]) -> str | None:
    if len(hints) > 1:
        return "mixed"
    return next(iter(hints), None)


def _update(
    warehouse: duckdb.DuckDBPyConnection,
    profile: ObjectProfile,
    column: _Column,
    style: str | None,
    place: tuple[str, str, str],
) -> None:
    file_hash, name, zone = place
    parameters = Parameters()
    kind = profile.gather[column.name].type if column.key is not None else profile.columns[column.name].type
    typed = convert_odd("t.text", kind, f"{parameters.add(style)}::VARCHAR", parameters).typed
    target = quoted(column.name)
    if column.key is not None:
        added = f"json_object({parameters.add(column.key)}::VARCHAR, ({typed.value})::VARCHAR)"
        read = f"nullif(json_merge_patch(coalesce({target}, '{{}}'), {added})::VARCHAR, '{{}}')::JSON"
        changes = [f"{target} = {read}"]
    else:
        changes = [f"{target} = {typed.value}"]
        if typed.is_date is not None:
            changes.append(f"{quoted(date_flag(column.name))} = {typed.is_date}")
    key, hashed = parameters.add(f"/{name.replace('~', '~0').replace('/', '~1')}"), parameters.add(file_hash)
    table = raw_table(profile)
    sql = (
        f"UPDATE {table} SET {', '.join(changes)}"
        f" FROM (SELECT rowid AS id, json_extract_string(_extra, {key}::VARCHAR) AS text FROM {table}"
        f" WHERE _file_hash = {hashed} AND _extra IS NOT NULL) AS t"
        f" WHERE {table}.rowid = t.id AND t.text IS NOT NULL"
    )
    warehouse.execute(f"SET TimeZone = '{zone}'")
    warehouse.execute(sql, parameters.used_in(sql)).fetchall()


def _told(name: str, cells: int, style: str | None, is_number: bool) -> str:
    if style in _READ:
        return _READ[style].format(name)
    if is_number:
        doubt = "nothing shows" if style is None else "its values disagree on"
        return (
            f"{name} was not read in {cells} records, since {doubt} whether the comma is a decimal comma; the"
            " text is kept in _extra. Export numbers without groups of digits."
        )
    doubt = "nothing shows" if style is None else "the dates disagree on"
    return (
        f"{name} was not read in {cells} records, since {doubt} whether day or month comes first; the text is"
        " kept in _extra. Export ISO dates (2026-03-31), or give date_formats in a mapping."
    )
