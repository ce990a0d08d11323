"""When an extract was made and what it covers."""

# DuckDB gives UTC times without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import UsageError
from orchestration.loading import LoadResult
from tests.orchestration.loading.conftest import lead_lines

Loaded = Callable[..., LoadResult]

MANIFEST = """
extracts:
  - file: new*.csv
    extracted_at: 2026-03-31T06:00:00+02:00
    covers_from: 2026-03-01
    covers_to: 2026-03-30
  - object: lead
    extracted_at: 2026-02-28
    full: true
"""


def kept(warehouse: duckdb.DuckDBPyConnection) -> list[tuple]:
    return warehouse.execute(
        "SELECT file, extracted_at, covers_from, covers_to, is_full, evidence"
        " FROM raw._extracts ORDER BY 1, 2"
    ).fetchall()


def test_a_manifest_says_when_extracts_were_made_and_what_they_cover(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "bandpass.manifest.yml").write_text(MANIFEST)
    (extracts / "new.csv").write_text(lead_lines(2))
    (extracts / "old.csv").write_text(lead_lines(1))
    loaded(time_zone="Europe/Berlin")
    made, old = datetime(2026, 3, 31, 4), datetime(2026, 2, 28, 22, 59, 59, 999999)
    span = (datetime(2026, 2, 28, 23), datetime(2026, 3, 30, 22))
    assert kept(warehouse) == [
        ("new.csv", made, *span, False, "manifest"),
        ("old.csv", old, None, None, True, "manifest"),
    ]
    rows = warehouse.execute("SELECT DISTINCT _file, _extracted_at FROM raw.salesforce_lead ORDER BY 1")
    assert rows.fetchall() == [("new.csv", made), ("old.csv", old)]
    loaded(time_zone="Europe/Berlin")
    assert len(kept(warehouse)) == 2


def test_the_nearest_manifest_counts_and_a_date_in_the_name_where_there_is_none(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for day in ("01", "02"):
        (extracts / day).mkdir()
        (extracts / day / "leads.csv").write_text(lead_lines(int(day)))
        (extracts / day / "bandpass.manifest.yml").write_text(
            f"[{{object: salesforce_lead, extracted_at: 2026-03-{day}T06:00:00Z}}]"
        )
    (extracts / "leads_2026-03-03.csv").write_text(lead_lines(3))
    (extracts / "leads.csv").write_text(lead_lines(4))
    loaded()
    assert [(row[0], row[1], row[5]) for row in kept(warehouse)] == [
        ("01/leads.csv", datetime(2026, 3, 1, 6), "manifest"),
        ("02/leads.csv", datetime(2026, 3, 2, 6), "manifest"),
        ("leads_2026-03-03.csv", datetime(2026, 3, 3, 23, 59, 59, 999999), "file name"),
    ]


def test_an_extract_without_news_is_still_an_extract(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for day in (1, 2):
        (extracts / f"leads_2026-03-0{day}.csv").write_text(lead_lines(2))
    assert loaded().loaded == 2
    assert len(kept(warehouse)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extracts: [{extracted_at: 2026-03-01}]", "give `object`"),
        ("extracts: [{object: leed, extracted_at: 2026-03-01}]", "unknown object 'leed'.*salesforce_lead"),
        ("extracts: [{object: lead}]", "extracted_at"),
        ("extracts: [{object: lead, extracted_at: soon}]", "extracted_at"),
        ("extracts: [{object: lead, extracted_at: 2026-03-01, ful: true}]", "ful"),
        ("extracts: [", "can't be read"),
        ("time_zone: Mars/Base\nextracts: [{object: lead, extracted_at: 2026-03-01}]", "can't be read"),
    ],
)
def test_mistakes_in_a_manifest_stop_before_anything_is_loaded(
    text: str, message: str, extracts: Path, loaded: Loaded
) -> None:
    (extracts / "bandpass.manifest.yml").write_text(text)
    (extracts / "leads.csv").write_text(lead_lines(1))
    with pytest.raises(UsageError, match=f"(?s){message}"):
        loaded()
