"""What is inside a file: its kind, its header, and how DuckDB reads it as columns c0, c1, …"""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import duckdb

from orchestration.loading.sql import Parameters

Kind = Literal["csv", "jsonl", "json", "parquet"]

NULL_TEXTS = ["", "null", "N/A", "000000000000000AAA", "000000000000000"]
REJECTS, REJECT_SCANS = "bandpass_rejects", "bandpass_reject_scans"
_SUFFIXES: dict[str, Kind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet",
}  # fmt: skip
_DELIMITERS = (",", ";", "\t")
_SAMPLE_BYTES = 1 << 20
_SAMPLE_LINES = 200
# A separator no JSON text can hold unescaped, so that every line arrives whole.
_NEVER = "\x01"


class UnreadableError(Exception):
    """The file is of no kind we read, or its beginning can't be understood; the message is a sentence."""


@dataclass(frozen=True)
class Source:
    """A readable file. `header` are the names as written; `types` DuckDB's types of the columns.

    lenient: read a CSV whose line ends are mixed, which DuckDB otherwise refuses as a whole.
    """

    path: Path
    kind: Kind
    header: tuple[str, ...]
    types: tuple[str, ...]
    delimiter: str = ","
    lenient: bool = False

    @property
    def has_lines(self) -> bool:
        """Records are lines, so blank lines, footers and line numbers mean something."""
        return self.kind in ("csv", "jsonl")

    @property
    def is_json(self) -> bool:
        return self.kind in ("jsonl", "json")

    def relation(self, parameters: Parameters) -> str:
        """SQL of the records in file order, columns c0, c1, …, NULL where a cell holds nothing.

        JSON also has `whole`, the record's own text.
        """
        path = parameters.add(glob_escaped(self.path))
        if self.kind == "csv":
            return self._csv(path, parameters)
        nulls = parameters.add(NULL_TEXTS)
        if self.kind == "parquet":
            names = ", ".join(cell(index) for index in range(len(self.header)))
            cells = ", ".join(self._filled(cell(index), index, nulls) for index in range(len(self.header)))
            return f"(SELECT {cells} FROM read_parquet({path}) AS t({names}))"
        if self.kind == "json":
            lines = f"(SELECT json::VARCHAR AS line FROM read_json_objects({path}, format = 'array'))"
        else:
            lines = (
                f"read_csv({path}, columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false,"
                f" delim = {parameters.add(_NEVER)}, quote = '', escape = ''"
                f"{self._compression()}, {_rejects()})"
            )
        pointers = parameters.add(["/" + n.replace("~", "~0").replace("/", "~1") for n in self.header])
        cells = ", ".join(
            self._filled(f"cells[{index + 1}]", index, nulls) for index in range(len(self.header))
        )
        # Not valid JSON gives NULL cells; the key column then refuses the record.
        return (
            f"(SELECT {cells}, line AS whole FROM (SELECT line, CASE WHEN json_valid(line)"
            f" THEN json_extract_string(line, {pointers}) END AS cells FROM {lines} WHERE line IS NOT NULL))"
        )

    def _filled(self, expression: str, index: int, nulls: str) -> str:
        """A cell as NULL where its text means nothing; nested ones as JSON text."""
        sql_type = self.types[index]
        if sql_type == "VARCHAR":
            filled = f"CASE WHEN NOT list_contains({nulls}::VARCHAR[], {expression}) THEN {expression} END"
        elif sql_type in ("DOUBLE", "FLOAT"):
            filled = f"nullif({expression}, 'nan'::DOUBLE)"
        else:
            filled = f"to_json({expression})::VARCHAR" if is_nested(sql_type) else expression
        return f"{filled} AS {cell(index)}"

    def _csv(self, path: str, parameters: Parameters) -> str:
        # Named by position, so that no header text reaches the SQL.
        columns = parameters.add({cell(index): "VARCHAR" for index in range(len(self.header))})
        return (
            f"read_csv({path}, columns = {columns}, header = true, auto_detect = false,"
            f" delim = {parameters.add(self.delimiter)}, quote = '\"', escape = '\"',"
            f" nullstr = {parameters.add(NULL_TEXTS)}, strict_mode = {str(not self.lenient).lower()}"
            f"{self._compression()}, {_rejects()})"
        )

    def _compression(self) -> str:
        return ", compression = 'gzip'" if is_gzip(self.path) else ""


def _rejects() -> str:
    return f"store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}'"


def cell(index: int) -> str:
    """Name of a file's column in our SQL."""
    return f"c{index}"


def glob_escaped(path: Path) -> str:
    """DuckDB reads paths as patterns; this one means exactly itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def is_gzip(path: Path) -> bool:
    return path.suffix.casefold() == ".gz"


def opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")  # type: ignore[return-value]


def open_source(path: Path) -> Source:
    """Look at the beginning of a file. Raises UnreadableError with the reason."""
    plain = path.with_suffix("") if is_gzip(path) else path
    kind = _SUFFIXES.get(plain.suffix.casefold())
    if kind is None:
        raise UnreadableError(f"Files of the kind {path.suffix or '(no suffix)'!r} are not read.")
    try:
        if kind == "parquet":
            return _open_parquet(path)
        with opened(path) as file:
            sample = file.read(_SAMPLE_BYTES)
    except (OSError, EOFError, duckdb.Error) as error:
        raise UnreadableError(f"It can't be read: {str(error).splitlines()[0]}") from error
    try:
        text = sample.decode("utf-8-sig") if len(sample) < _SAMPLE_BYTES else _whole_lines(sample)
    except UnicodeDecodeError:
        text = sample.decode("latin-1") if kind == "csv" else ""
    if not text.strip():
        raise UnreadableError("It is empty.")
    if kind == "csv":
        return _open_csv(path, text)
    kind = "json" if text.lstrip()[0] == "[" else "jsonl"
    return _open_json(path, kind, text)


def _whole_lines(sample: bytes) -> str:
    return sample[: sample.rfind(b"\n") + 1].decode("utf-8-sig")


def _open_csv(path: Path, text: str) -> Source:
    # The delimiter that gives the header the most columns; names holding another delimiter are quoted.
    best: list[str] = []
    delimiter = ","
    for candidate in _DELIMITERS:
        header = next(csv.reader(text.splitlines(keepends=True), delimiter=candidate), [])
        if len(header) > len(best):
            best, delimiter = header, candidate
    if any("\0" in name for name in best):
        raise UnreadableError("Its header holds NUL bytes; it is not a text file.")
    names = tuple(name.strip() for name in best)
    return Source(path, "csv", names, ("VARCHAR",) * len(names), delimiter)


def _open_json(path: Path, kind: Kind, text: str) -> Source:
    names: dict[str, None] = {}
    if kind == "json":
        with duckdb.connect() as connection:
            rows = connection.execute(
                "SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects($path, format = 'array')",
                {"path": glob_escaped(path)},
            ).fetchall()
        names = {row[0]: None for row in sorted(rows)}
    else:
        for line in text.splitlines()[:_SAMPLE_LINES]:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                names |= dict.fromkeys(record)
    if not names:
        raise UnreadableError("It holds no JSON objects, one a line or in one list.")
    return Source(path, kind, tuple(names), ("VARCHAR",) * len(names))


def _open_parquet(path: Path) -> Source:
    with duckdb.connect() as connection:
        rows = connection.sql("SELECT * FROM read_parquet($path)", params={"path": glob_escaped(path)})
        return Source(path, "parquet", tuple(rows.columns), tuple(str(kind) for kind in rows.types))


def is_nested(sql_type: str) -> bool:
    return sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP"))


def as_text(name: str, sql_type: str) -> str:
    """A cell of any type as text."""
    return name if sql_type == "VARCHAR" or is_nested(sql_type) else f"{name}::VARCHAR"
