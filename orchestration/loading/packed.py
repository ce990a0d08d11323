"""Reading files packed or not, known by their first bytes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, Any, Literal

Compression = Literal["gzip", "zstd"]

_RATIO, _HARMLESS, _CHUNK = 100, 1 << 32, 1 << 22
"""A file may unpack to 4 GiB, or to 100 times its size where that is more; CSV unpacks to about 10 times."""
_MOST_OF_GZIP = 1032
"""Gzip can't pack bytes more than this."""

_MAGIC: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def first_bytes(path: Path, number: int = 8) -> bytes:
    with path.open("rb") as file:
        return file.read(number)


def compression(path: Path) -> Compression | None:
    """How the file is packed, whatever it is called."""
    start = first_bytes(path)
    return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)


def opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked."""
    packed = compression(path)
    if packed == "gzip":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if packed == "zstd":
        import pyarrow as pa

        stream: Any = pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")
        return stream  # type: ignore[no-any-return]
    return path.open("rb")


def unpacks_too_far(path: Path) -> bool:
    """Whether a packed file is a bomb: read to the limit, nothing kept."""
    packed, size = compression(path), path.stat().st_size
    limit = max(_HARMLESS, _RATIO * size)
    if packed is None or (packed == "gzip" and size * _MOST_OF_GZIP <= limit):
        return False
    length = 0
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            length += len(chunk)
            if length > limit:
                return True
    return False
