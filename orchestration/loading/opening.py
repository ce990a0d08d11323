"""Finding out what is inside a file: its kind, encoding, delimiter and header."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb

from orchestration.loading import copies
from orchestration.loading.packed import compression, first_bytes, opened, unpacks_too_far
from orchestration.loading.sources import Kind, Source, UnreadableError, glob_escaped

_SUFFIXES: dict[str, Kind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv", ".dat": "csv", "": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet",
}  # fmt: skip
_WORKBOOKS = {".xlsx", ".xlsm"}
_PACKED = {".gz", ".zst", ".zstd"}
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 1 << 20
_SAMPLE_LINES = 200
_PREAMBLE = 30
_WHOLE = 1 << 28
"""Largest JSON document that is read whole."""
_WINDOWS = "It is not UTF-8 and was read as Windows-1252."
csv.field_size_limit(1 << 24)


def open_source(path: Path, scratch: Path) -> Source:
    """Look at the beginning of a file; copies go to `scratch`. Raises UnreadableError with the reason."""
    try:
        return _opened(path, scratch)
    except (OSError, EOFError, duckdb.Error) as error:
        raise UnreadableError(f"It can't be read: {str(error).splitlines()[0]}") from error


def _opened(path: Path, scratch: Path) -> Source:
    start = first_bytes(path)
    plain = path.with_suffix("") if path.suffix.casefold() in _PACKED else path
    suffix = plain.suffix.casefold()
    if start.startswith(b"PK\x03\x04") and (suffix in _WORKBOOKS or suffix in _SUFFIXES):
        return _open_workbook(path, scratch)
    kind = "parquet" if start.startswith(b"PAR1") else _SUFFIXES.get(suffix)
    if kind is None:
        raise UnreadableError(f"Files of the kind {path.suffix or '(no suffix)'!r} are not read.")
    if kind == "parquet":
        return _open_parquet(path)
    if unpacks_too_far(path):
        raise UnreadableError("It unpacks to more than 100 times its size; unpack it yourself if it may.")
    with opened(path) as file:
        sample = file.read(_SAMPLE_BYTES)
    encoding = copies.encoding_of(sample)
    copy = None if encoding == "utf-8" else copies.transcoded(path, encoding, scratch, f".{kind}")
    text = _text(sample, encoding)
    if not text.strip():
        raise UnreadableError("It is empty.")
    source = (open_csv if kind == "csv" else _open_json)(path, text, copy, scratch)
    return replace(source, remark=_WINDOWS) if encoding == "cp1252" else source


def as_windows_1252(source: Source, scratch: Path) -> Source:
    """The same file read as Windows-1252; its beginning did not tell."""
    copy = copies.transcoded(source.data, "cp1252", scratch, f".{source.kind}")
    return replace(source, copy=copy, remark=_WINDOWS)


def _text(sample: bytes, encoding: str) -> str:
    if len(sample) == _SAMPLE_BYTES and not encoding.startswith("utf-16"):
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    return sample.decode(encoding, errors="replace").removeprefix("\ufeff")


def open_csv(path: Path, text: str, copy: Path | None, scratch: Path) -> Source:
    # The delimiter that gives the rows the most columns; cells holding another delimiter are quoted.
    lines = list(islice(io.StringIO(text, newline=""), _SAMPLE_LINES))
    try:
        forms = {mark: list(csv.reader(lines, delimiter=mark)) for mark in _DELIMITERS}
    except csv.Error as error:
        raise UnreadableError(f"It is not a text file: {error}.") from error
    delimiter = _delimiter(forms)
    rows = forms[delimiter]
    before = _preamble(rows)
    header = rows[before] if rows else []
    if any("\0" in name for name in header):
        raise UnreadableError("Its header holds NUL bytes; it is not a text file.")
    names = tuple(name.strip() for name in header)
    skipped = 0
    if before:
        reader = csv.reader(lines, delimiter=delimiter)
        for _ in range(before):
            next(reader)
        skipped = reader.line_num
        copy = copies.without_lines(copy or path, skipped, scratch, ".csv")
    cells = {i: tuple(row[i] for row in rows[before + 1 :] if i < len(row)) for i in range(len(names))}
    return Source(
        path, "csv", names, ("VARCHAR",) * len(names), delimiter, copy=copy, skipped=skipped, sample=cells
    )


def _delimiter(forms: dict[str, list[list[str]]]) -> str:
    """The one that gives the header the most columns, if the rows have as many; else the rows the most."""
    heads = {mark: len(next(iter(rows), [])) for mark, rows in forms.items()}
    agreed = [mark for mark in forms if heads[mark] > 1 and heads[mark] == _width(forms[mark])]
    if agreed:
        return max(agreed, key=lambda mark: heads[mark])
    return max(forms, key=lambda mark: (_width(forms[mark]), heads[mark]))


def _width(rows: list[list[str]]) -> int:
    """Columns of most rows, the wider ones weighing more: titles and footers have one."""
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (width - 1) * widths[width], default=0)


def _preamble(rows: list[list[str]]) -> int:
    """How many rows stand before the header: titles and filters of a report, one or two cells each."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    width = _width(rows)
    if not filled or filled[0] > 2 or width < 4:
        return 0
    for index in range(1, min(_PREAMBLE, len(rows))):
        if len(rows[index]) == width and filled[index] > max(2, width // 2):
            return index
    return 0


def _open_workbook(path: Path, scratch: Path) -> Source:
    try:
        copy, others = copies.workbook(path, scratch)
    except Exception as error:
        raise UnreadableError(f"The workbook can't be read: {error}") from error
    with copy.open("rb") as file:
        text = _text(file.read(_SAMPLE_BYTES), "utf-8")
    if not text.strip():
        raise UnreadableError("The workbook is empty.")
    source = open_csv(path, text, copy, scratch)
    told = f"Only its first sheet is read, not {', '.join(others)}." if others else None
    return replace(source, delimiter=",", remark=told)


def _open_json(path: Path, text: str, copy: Path | None, scratch: Path) -> Source:
    data = copy or path
    kind: Kind = "json" if text.lstrip()[0] == "[" else "jsonl"
    records = _first_records(data, kind, text)
    if kind == "jsonl" and len(records) <= 1:
        with opened(data) as file:
            whole = file.read(_WHOLE + 1)
        fits = len(whole) <= _WHOLE
        lines = copies.unwrapped(whole.decode("utf-8-sig", errors="replace"), scratch) if fits else None
        if lines is not None:
            copy, records = lines, _first_records(lines, kind, lines.read_text("utf-8"))
    pointers: dict[str, str] = {}
    for record in records:
        for name, value in record.items():
            if name == "properties" and isinstance(value, dict):
                pointers |= {f"{name}.{inner}": f"/{name}/{_escaped(inner)}" for inner in value}
            else:
                pointers[name] = f"/{_escaped(name)}"
    if not pointers:
        raise UnreadableError("It holds no JSON objects, one a line or in one list.")
    names = tuple(pointers)
    cells = {i: tuple(str(record.get(name, "")) for record in records) for i, name in enumerate(names)}
    return Source(
        path,
        kind,
        names,
        ("VARCHAR",) * len(names),
        copy=copy,
        pointers=tuple(pointers.values()),
        sample=cells,
    )


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _first_records(data: Path, kind: Kind, text: str) -> list[dict[str, object]]:
    if kind == "json":
        with duckdb.connect() as connection:
            rows = connection.execute(
                "SELECT json::VARCHAR FROM read_json_objects($path, format = 'array', compression = $packed)"
                " LIMIT $number",
                {"path": glob_escaped(data), "packed": compression(data) or "none", "number": _SAMPLE_LINES},
            ).fetchall()
        lines = [row[0] for row in rows]
    else:
        lines = text.splitlines()[:_SAMPLE_LINES]
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def _open_parquet(path: Path) -> Source:
    with duckdb.connect() as connection:
        rows = connection.sql("SELECT * FROM read_parquet($path)", params={"path": glob_escaped(path)})
        names, types = tuple(rows.columns), tuple(str(kind) for kind in rows.types)
        cells = list(zip(*rows.limit(_SAMPLE_LINES).fetchall(), strict=True))
    sample = {i: tuple(str(cell) for cell in column) for i, column in enumerate(cells)}
    return Source(path, "parquet", names, types, sample=sample)
