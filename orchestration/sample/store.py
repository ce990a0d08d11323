"""The workbench of a world: a temporary DuckDB holding numbers only; ids, text and dates are rendered
while writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.files import sql_text

Format = Literal["csv", "parquet", "jsonl"]

# A Salesforce id is 15 characters (key prefix, instance, number in base 62) and 3 that say which of them
# are capital,
# so that the id survives tools that ignore case. Bit i of a suffix character is set if character i of its
# block of 5 is.
MACROS = """
CREATE MACRO digit_at(n, power) AS ((n // power) % 62)::INTEGER;
CREATE MACRO is_capital(d) AS (CASE WHEN d BETWEEN 10 AND 35 THEN 1 ELSE 0 END);
CREATE MACRO letter(d) AS substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', d + 1, 1);
CREATE MACRO suffix(bits) AS substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', bits + 1, 1);
CREATE MACRO capital_bit(c, bit) AS (CASE WHEN ascii(c) BETWEEN 65 AND 90 THEN bit ELSE 0 END);
CREATE MACRO id_of(prefix, m) AS prefix || '5g0000'
  || letter(digit_at(m, 916132832)) || letter(digit_at(m, 14776336)) || letter(digit_at(m, 238328))
  || letter(digit_at(m, 3844)) || letter(digit_at(m, 62)) || letter(digit_at(m, 1))
  || suffix(capital_bit(substr(prefix, 1, 1), 1)
            + capital_bit(substr(prefix, 2, 1), 2) + capital_bit(substr(prefix, 3, 1), 4))
  || suffix(16 * is_capital(digit_at(m, 916132832)))
  || suffix(is_capital(digit_at(m, 14776336)) + 2 * is_capital(digit_at(m, 238328))
            + 4 * is_capital(digit_at(m, 3844)) + 8 * is_capital(digit_at(m, 62))
            + 16 * is_capital(digit_at(m, 1)));
CREATE MACRO sf_id(prefix, n) AS id_of(prefix, 9161328320 + 7 * n::BIGINT);
CREATE MACRO sf_time(s) AS strftime(make_timestamp(s * 1000000), '%Y-%m-%dT%H:%M:%S.000Z');
CREATE MACRO sf_day(s) AS strftime(make_timestamp(s * 1000000), '%Y-%m-%d');
CREATE MACRO mkto_time(s) AS strftime(make_timestamp(s * 1000000), '%Y-%m-%dT%H:%M:%SZ');
CREATE MACRO mkto_id(n) AS 100001 + n;
"""


class Store:
    """A DuckDB file in `folder`, which the caller deletes. Use as a context manager."""

    def __init__(self, folder: Path, fmt: Format, end: int) -> None:
        self.fmt = fmt
        self._connection = duckdb.connect(str(folder / "world.duckdb"))
        self._connection.execute(f"SET temp_directory = {sql_text(folder / 'spill')}")
        self._connection.execute("SET memory_limit = '2500MB'")
        self._connection.execute(MACROS)
        # Instants at or after the end of the world have not happened yet.
        self._connection.execute(f"CREATE MACRO seen(s) AS (CASE WHEN s < {end} THEN s END)")
        self._connection.execute(f"CREATE MACRO world_end() AS {end}")

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def run(self, sql: str) -> None:
        self._connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def append(self, table: str, columns: dict[str, Any]) -> None:
        """Append equally long arrays (or lists) to a table, made on first use."""
        arrays = {
            name: pa.array(np.ascontiguousarray(v) if isinstance(v, np.ndarray) else v)
            for name, v in columns.items()
        }
        self._connection.register("incoming", pa.table(arrays))
        made = self.rows(f"SELECT 1 FROM information_schema.tables WHERE table_name = '{table}'")  # noqa: S608
        self.run(
            f"INSERT INTO {table} SELECT * FROM incoming"  # noqa: S608
            if made
            else f"CREATE TABLE {table} AS SELECT * FROM incoming"  # noqa: S608
        )
        self._connection.unregister("incoming")

    def words(self, table: str, texts: Sequence[str]) -> None:
        """A lookup table code → text."""
        self.append(table, {"code": np.arange(len(texts)), "text": list(texts)})

    def write(self, path: Path, sql: str, *, null: str = "", quote_all: bool = False) -> None:
        """Write the rows of an ordered query as `path` with the ending of the format.

        null: how CSV spells a null.
        """
        target = path.with_suffix(f".{self.fmt}")
        target.parent.mkdir(parents=True, exist_ok=True)
        options = {
            "csv": f"FORMAT csv, HEADER, NULLSTR '{null}'" + (", FORCE_QUOTE *" if quote_all else ""),
            "parquet": "FORMAT parquet, COMPRESSION zstd",
            "jsonl": "FORMAT json",
        }[self.fmt]
        self.run(f"COPY ({sql}) TO {sql_text(target)} ({options})")
