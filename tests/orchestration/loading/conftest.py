"""Small extracts written by hand, and a warehouse in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import LoadResult, load
from orchestration.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[3]

LEADS = (
    "Id,FirstName,LastName,Company,Email,LeadSource,Status,IsConverted,ConvertedDate,NumberOfEmployees,"
    "AnnualRevenue,CreatedDate,SystemModstamp\n"
)
LEAD = (
    "00Q5g0000000{n:03d}EAA,Ann,Lee,Acme,ann{n}@acme.example,Web,Open,0,,120,"
    "1000.5,2026-01-05T10:00:00.000Z,2026-01-06T10:00:00.000+0000\n"
)


def lead_lines(count: int) -> str:
    """A clean Salesforce lead extract."""
    return LEADS + "".join(LEAD.format(n=n) for n in range(count))


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def extracts(tmp_path: Path) -> Path:
    folder = tmp_path / "extracts"
    folder.mkdir()
    return folder


@pytest.fixture
def loaded(extracts: Path, warehouse: duckdb.DuckDBPyConnection) -> Callable[..., LoadResult]:
    """Load the extracts folder with the shipped settings, changed as given."""

    def run(mapping: Path | None = None, **settings: object) -> LoadResult:
        return load(extracts, warehouse, settings=Settings.model_validate(settings), mapping=mapping)

    return run
