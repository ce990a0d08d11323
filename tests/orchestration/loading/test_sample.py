"""The sample world loads clean, and alike in every format."""

# Table names are the profiles' own.
# ruff: noqa: S608

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.loading import load
from orchestration.loading.profiles import PROFILES
from orchestration.sample import generate
from orchestration.settings import Settings


def contents(folder: Path, fmt: str) -> dict[str, tuple[int, int]]:
    """Rows and a fingerprint of the values of each raw table."""
    generate(folder, leads=400, weeks=8, seed=3, fmt=fmt)  # type: ignore[arg-type]
    with duckdb.connect() as warehouse:
        result = load(folder, warehouse, settings=Settings(), mapping=None)
        assert result.quarantined == 0
        assert {file.vendor for file in result.files} == {"salesforce", "marketo"}
        assert not any("truth" in file.path for file in result.files)
        return {
            profile.table: warehouse.execute(
                "SELECT count(*), bit_xor(hash(r))"
                " FROM (SELECT * EXCLUDE (_file, _file_hash, _record, _loaded_at, _extra)"
                f" FROM raw.{profile.table}) AS r"
            ).fetchall()[0]
            for profile in PROFILES
        }


def test_formats_give_the_same_rows(tmp_path: Path) -> None:
    expected = contents(tmp_path / "csv", "csv")
    for fmt in ("parquet", "jsonl"):
        assert contents(tmp_path / fmt, fmt) == expected, fmt
