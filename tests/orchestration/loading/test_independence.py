"""Loading twice, in another order, or in pieces gives the same tables."""

# Table names are the profiles' own.
# ruff: noqa: S608

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.errors import DataError
from orchestration.loading import create_raw_tables, load
from orchestration.loading.profiles import TABLES
from orchestration.sample import generate
from orchestration.settings import Settings
from tests.building import shared_data

Contents = dict[str, tuple[int, object]]
LINEAGE = "_file, _file_hash, _record, _load, _loaded_at"


def contents(warehouse: duckdb.DuckDBPyConnection) -> Contents:
    """Number and fingerprint of the distinct records of each table that holds any, lineage aside."""
    found = {}
    for profile in TABLES:
        row = warehouse.execute(
            "SELECT count(*), bit_xor(hash(r::VARCHAR)) FROM"
            f" (SELECT DISTINCT * EXCLUDE ({LINEAGE}) REPLACE (_extra::VARCHAR AS _extra)"
            f" FROM raw.{profile.table}) AS r"
        ).fetchone()
        if row and row[0]:
            found[profile.table] = row
    return found


def after(loads: Sequence[Sequence[Path]], root: Path) -> Contents:
    """The tables after these loads, each of these files; names are kept as they are below the root."""
    with duckdb.connect() as warehouse:
        for files in loads:
            with tempfile.TemporaryDirectory() as folder:
                for file in files:
                    target = Path(folder) / file.relative_to(root)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
                try:
                    load(Path(folder), warehouse, settings=Settings(), mapping=None)
                except DataError as error:
                    assert "was recognised" in str(error)  # noqa: PT017
        return contents(warehouse)


def pieces(file: Path, into: Path, number: int) -> list[Path]:
    """A CSV file in pieces, each with its header and every n-th record."""
    with file.open(newline="", encoding="utf-8-sig") as source:
        header, *rows = list(csv.reader(source))
    into.mkdir(parents=True, exist_ok=True)
    made = []
    for n in range(number):
        if rows[n::number]:
            made.append(into / f"{file.stem}-{n}.csv")
            with made[-1].open("w", newline="") as target:
                csv.writer(target).writerows([header, *rows[n::number]])
    return made


def csv_files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.csv"))


def check(root: Path, scratch: Path, loads: int = 3) -> None:
    files = csv_files(root)
    whole = after([files], root)
    assert whole
    assert after([files, files], root) == whole
    backwards = list(reversed(files))
    assert after([backwards[n::loads] for n in range(loads)], root) == whole
    split = [pieces(file, scratch / file.relative_to(root).parent, loads) for file in files]
    daily = [[parts[n] for parts in split if n < len(parts)] for n in range(loads)]
    assert after(daily, scratch) == whole
    assert after(list(reversed(daily)), scratch) == whole


def test_a_sample_world_gives_the_same_tables_however_it_comes(tmp_path: Path) -> None:
    generate(tmp_path / "world", leads=200, weeks=6, seed=3, fmt="csv")
    extracts = tmp_path / "world"
    for truth in extracts.rglob("truth"):
        shutil.rmtree(truth)
    check(extracts, tmp_path / "pieces")


@pytest.mark.parametrize(
    "folder",
    [
        "salesforce_export_formats/powerbi_csv_2026",
        pytest.param("salesforce_export_formats/data_loader_iso_2024", marks=pytest.mark.long),
        pytest.param("fivetran_seeds/marketo", marks=pytest.mark.long),
        pytest.param("fivetran_seeds/pardot", marks=pytest.mark.long),
    ],
)  # fmt: skip
def test_real_extracts_give_the_same_tables_however_they_come(folder: str, tmp_path: Path) -> None:
    check(shared_data(folder), tmp_path / "pieces")


# Days and numbers that prove how their column is written, such that do not, and damage.
DAY = st.sampled_from(
    ["03/04/2026", "13/04/2026", "04/13/2026", "05/05/2026", "01.02.2026", "2026-03-04", "14-Mar-2026", "",
     "soon", "13/13/2026", "3/4/26 1:05 PM"]
)  # fmt: skip
NUMBER = st.sampled_from(["1,234", "1.234", "1,50", "1.50", "1,234.50", "1.234,50", "$5", "7", "", "many"])
CASES = st.lists(st.tuples(DAY, DAY, NUMBER, st.integers(0, 2)), min_size=1, max_size=8)


HEADER = ["Id", "LastName", "Company", "Status", "AnnualRevenue", "CreatedDate", "ConvertedDate"]
# One warehouse, emptied each time: creating the raw tables takes longer than loading a small file.
ONE = duckdb.connect()


def leads_after(loads: Sequence[Sequence[list[list[str]]]]) -> list[tuple[object, ...]]:
    """The leads after these loads, each of these files."""
    create_raw_tables(ONE)
    for table in ("salesforce_lead", "_files", "_quarantine", "_styles"):
        ONE.execute(f"DELETE FROM raw.{table}")
    for files in loads:
        with tempfile.TemporaryDirectory() as folder:
            for n, rows in enumerate(files):
                with (Path(folder) / f"{n}.csv").open("w", newline="") as target:
                    csv.writer(target).writerows([HEADER, *rows])
            load(Path(folder), ONE, settings=Settings(), mapping=None)
    return ONE.execute(
        f"SELECT DISTINCT * EXCLUDE ({LINEAGE}) REPLACE (_extra::VARCHAR AS _extra)"
        " FROM raw.salesforce_lead ORDER BY Id"
    ).fetchall()


@hypothesis_settings(max_examples=12, deadline=None)
@given(CASES)
def test_dates_and_numbers_are_read_alike_in_whatever_pieces_they_come(
    cases: list[tuple[str, str, str, int]],
) -> None:
    rows = [
        ([f"00Q{n:012d}", "Lee", "A", "Open", number, made, converted], part)
        for n, (made, converted, number, part) in enumerate(cases)
    ]
    whole = [row for row, _ in rows]
    parts = [[row for row, part in rows if part == n] for n in range(3)]
    parts = [part for part in parts if part]
    expected = leads_after([[whole]])
    assert leads_after([[part] for part in parts]) == expected
    assert leads_after([[part] for part in reversed(parts)]) == expected
    assert leads_after([parts]) == expected


def test_proof_that_comes_later_reads_what_came_before() -> None:
    row = ["00Q000000000001", "Lee", "A", "Open", "", "03/04/2026", ""]
    proof = ["00Q000000000002", "Lee", "A", "Open", "", "03/14/2026", ""]
    contrary = ["00Q000000000003", "Lee", "A", "Open", "", "14/03/2026", ""]

    def first(loads: list[list[list[str]]]) -> object:
        leads_after([[load] for load in loads])
        return ONE.execute(
            "SELECT CreatedDate::DATE::VARCHAR FROM raw.salesforce_lead ORDER BY Id"
        ).fetchone()

    assert first([[row]]) == (None,)
    assert first([[row], [proof]]) == ("2026-03-04",)
    assert first([[row], [proof], [contrary]]) == (None,)
