"""Files DuckDB can't read as they are become plain UTF-8 copies: other encodings, workbooks, wrapped JSON."""

from __future__ import annotations

import codecs
import csv
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from orchestration.loading.packed import opened

_CHUNK = 1 << 22
_LISTS = ("result", "results", "records", "data", "value", "items")
"""Where the interfaces of the vendors put their records."""
LARGEST_WORKBOOK = 1 << 29
"""Bytes of its parts, unpacked: sheets are read whole into memory."""


def new_copy(scratch: Path, suffix: str) -> Path:
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=suffix, delete=False) as file:
        return Path(file.name)


def encoding_of(sample: bytes) -> str:
    """utf-8, utf-16-le, utf-16-be or cp1252.

    Text that is not valid UTF-8 is Windows-1252, unless it holds valid UTF-8 letters too: then it is damaged.
    """
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if sample.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    start = sample[:1024]
    for name, zeros, letters in (
        ("utf-16-le", start[1::2], start[::2]),
        ("utf-16-be", start[::2], start[1::2]),
    ):
        if len(start) >= 8 and zeros.count(0) > 0.8 * len(zeros) and letters.count(0) < 0.1 * len(letters):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(sample)
    except UnicodeDecodeError:
        return "utf-8" if _holds_utf8_letters(sample) else "cp1252"
    return "utf-8"


def file_encoding(path: Path) -> str:
    """The same judged by the whole file, a chunk of lines at a time."""
    found = {"utf-8"}
    with opened(path) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            chunk = rest + chunk
            cut = chunk.rfind(b"\n") + 1 or len(chunk)
            rest = chunk[cut:]
            if _holds_utf8_letters(chunk[:cut]):
                return "utf-8"
            found.add(encoding_of(chunk[:cut]))
        found.add(encoding_of(rest))
    return "cp1252" if "cp1252" in found else "utf-8"


def _holds_utf8_letters(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="ignore")
    return not text.isascii() and len(text.encode()) > len(text.encode("ascii", errors="ignore")) + 1


def transcoded(path: Path, encoding: str, scratch: Path, suffix: str) -> Path:
    """A UTF-8 copy, written in pieces."""
    copy = new_copy(scratch, suffix)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with opened(path) as file, copy.open("w", encoding="utf-8", newline="") as target:
        first = True
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            target.write(text.removeprefix("\ufeff") if first else text)
            first = False
        target.write(decoder.decode(b"", final=True))
    return copy


def without_lines(path: Path, number: int, scratch: Path, suffix: str) -> Path:
    """A copy without the first lines."""
    copy = new_copy(scratch, suffix)
    with opened(path) as file, copy.open("wb") as target:
        for _ in range(number):
            file.readline()
        while chunk := file.read(_CHUNK):
            target.write(chunk)
    return copy


def workbook(path: Path, scratch: Path, limit: int | None = None) -> tuple[Path, list[str]]:
    """The first sheet that holds something as a CSV copy, and the names of the other sheets that do."""
    from python_calamine import CalamineWorkbook

    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > LARGEST_WORKBOOK:
        raise ValueError(f"unpacked it is larger than {LARGEST_WORKBOOK >> 20} MiB; export CSV instead")
    book = CalamineWorkbook.from_path(path)
    filled = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height > 0]
    copy = new_copy(scratch, ".csv")
    with copy.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        rows: Iterable[list[Any]] = filled[0].to_python(skip_empty_area=False) if filled else []
        for row in islice(rows, limit):
            cells = [_cell_text(cell) for cell in row]
            writer.writerow(cells if any(cells) else [])
    return copy, [sheet.name for sheet in filled[1:]]


def _cell_text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float):
        # As text 1.234 might be 1234, its point between groups; a last zero shows that it is not.
        number = format(Decimal(repr(cell)), "f")
        return number + "0" * (len(number.partition(".")[2]) == 3)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell.total_seconds()) if isinstance(cell, timedelta) else str(cell)


def unwrapped(text: str, scratch: Path) -> Path | None:
    """Records of an interface's answer (`{"result": [...]}`) as JSON lines; None where it is none."""
    try:
        content = json.loads(text)
    except ValueError:
        return None
    records = _records(content)
    if records is None:
        return None
    copy = new_copy(scratch, ".jsonl")
    copy.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return copy


def _records(content: Any) -> list[dict[str, Any]] | None:
    lists: Iterator[Any] = (content.get(name) for name in _LISTS) if isinstance(content, dict) else iter(())
    for found in lists:
        if isinstance(found, list) and found and all(isinstance(record, dict) for record in found):
            return found
    return None
