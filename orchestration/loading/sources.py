"""What is inside a file: its kind, its header, and how DuckDB reads it as columns c0, c1, …"""

# SQL is put together from quoted names and our own text only; values are parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from orchestration.loading.packed import compression
from orchestration.loading.sql import Parameters

Kind = Literal["csv", "jsonl", "json", "parquet"]

NULL_TEXTS = ["", "null", "N/A", "000000000000000AAA", "000000000000000"]
REJECTS, REJECT_SCANS = "bandpass_rejects", "bandpass_reject_scans"
# A separator no JSON text can hold unescaped, so that every line arrives whole.
_NEVER = "\x01"


class UnreadableError(Exception):
    """The file is of no kind we read, or its beginning can't be understood; the message is a sentence."""


@dataclass(frozen=True)
class Source:
    """A readable file. `header` are the names as written; `types` DuckDB's types of the columns.

    lenient: read a CSV whose line ends are mixed, which DuckDB otherwise refuses as a whole. copy: where the
    content stands in a form DuckDB reads, `skipped` lines after the beginning of the file. pointers: of JSON,
    where in a record each column is. sample: some cells of each column. remark: what people should know.
    """

    path: Path
    kind: Kind
    header: tuple[str, ...]
    types: tuple[str, ...]
    delimiter: str = ","
    lenient: bool = False
    copy: Path | None = None
    skipped: int = 0
    pointers: tuple[str, ...] = ()
    sample: Mapping[int, Sequence[str]] = field(default_factory=dict, compare=False, repr=False)
    remark: str | None = None

    @property
    def data(self) -> Path:
        """The file DuckDB reads."""
        return self.copy or self.path

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
        path = parameters.add(glob_escaped(self.data))
        if self.kind == "csv":
            return self._csv(path, parameters)
        nulls = parameters.add(NULL_TEXTS)
        if self.kind == "parquet":
            names = ", ".join(cell(index) for index in range(len(self.header)))
            cells = ", ".join(self._filled(cell(index), index, nulls) for index in range(len(self.header)))
            return f"(SELECT {cells} FROM read_parquet({path}) AS t({names}))"
        if self.kind == "json":
            lines = (
                f"(SELECT json::VARCHAR AS line FROM read_json_objects({path}, format = 'array'"
                f"{self._compression()}))"
            )
        else:
            lines = (
                f"read_csv({path}, columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false,"
                f" delim = {parameters.add(_NEVER)}, quote = '', escape = ''"
                f"{self._compression()}, {_rejects()})"
            )
        pointers = parameters.add(list(self.pointers))
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
        packed = compression(self.data)
        return f", compression = '{packed}'" if packed else ""


def _rejects() -> str:
    return f"store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}'"


def cell(index: int) -> str:
    """Name of a file's column in our SQL."""
    return f"c{index}"


def glob_escaped(path: Path) -> str:
    """DuckDB reads paths as patterns; this one means exactly itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def is_nested(sql_type: str) -> bool:
    return sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP"))


def as_text(name: str, sql_type: str) -> str:
    """A cell of any type as text."""
    return name if sql_type == "VARCHAR" or is_nested(sql_type) else f"{name}::VARCHAR"
