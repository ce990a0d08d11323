"""A sample of a large text file: its beginning and, where it is not packed, its end."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.loading.copies import encoding_of, new_copy
from orchestration.loading.packed import compression, first_bytes
from orchestration.loading.sources import glob_escaped
from orchestration.loading.sql import first_row

_TEXT = {".csv", ".tsv", ".txt", ".tab", ".dat", ".jsonl", ".ndjson"}


_ROWS = 100_000


@dataclass(frozen=True)
class Sample:
    """Where the sample lies, and the share of the file it holds."""

    path: Path
    share: float

    def estimate(self, rows: int) -> int:
        return rows if self.share >= 1 else round(rows / self.share)


def sample(path: Path, limit: int, scratch: Path) -> Sample:
    """At most about `limit` bytes of a file, in whole lines; the file itself where it is small."""
    size = path.stat().st_size
    packed = compression(path)
    if size > limit and first_bytes(path).startswith(b"PAR1"):
        return _rows(path, new_copy(scratch, ".parquet"))
    suffix = path.with_suffix("").suffix if packed else path.suffix
    if size <= limit // (4 if packed else 1) or (suffix.casefold() or ".csv") not in _TEXT:
        return Sample(path, 1.0)
    with path.open("rb") as raw:
        if packed:
            return _head(raw, packed, size, limit, new_copy(scratch, suffix))
        if encoding_of(raw.read(1 << 16)).startswith("utf-16"):
            limit += limit % 2
        return _ends(raw, size, limit, new_copy(scratch, suffix or ".csv"))


def _rows(path: Path, copy: Path) -> Sample:
    with duckdb.connect() as connection:
        first = {"path": glob_escaped(path)}
        (rows,) = first_row(connection, "SELECT count(*) FROM read_parquet($path)", first)
        relation = connection.sql("SELECT * FROM read_parquet($path)", params=first).limit(_ROWS)
        relation.write_parquet(str(copy))
    return Sample(copy, min(1.0, _ROWS / max(rows, 1)))


def _head(raw: Any, packed: str, size: int, limit: int, copy: Path) -> Sample:
    if packed == "gzip":
        stream: Any = gzip.GzipFile(fileobj=raw)
    else:
        import pyarrow as pa

        stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")
    text = stream.read(limit)
    if len(text) < limit:
        copy.write_bytes(text)
        return Sample(copy, 1.0)
    whole = text[: text.rfind(b"\n") + 1]
    copy.write_bytes(whole)
    return Sample(copy, min(1.0, raw.tell() / size * len(whole) / len(text)))


def _ends(raw: Any, size: int, limit: int, copy: Path) -> Sample:
    half = limit // 2
    raw.seek(0)
    start = raw.read(half)
    raw.seek(size - half)
    end = raw.read()
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start[:64]:
        copy.write_bytes(start[: half - half % 2])
        return Sample(copy, half / size)
    text = start[: start.rfind(b"\n") + 1] + end[end.find(b"\n") + 1 :]
    copy.write_bytes(text)
    return Sample(copy, len(text) / size)
