"""Files made to do harm, or damaged: one clear sentence or an exact account, never a crash."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.errors import DataError
from orchestration.loading import LoadResult, load
from orchestration.settings import Settings
from tests.orchestration.loading.conftest import LEAD, LEADS, lead_lines

Loaded = Callable[..., LoadResult]
ONE = duckdb.connect()


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_file_that_unpacks_without_end_is_refused(
    codec: str, extracts: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.loading.packed._HARMLESS", 1 << 20)
    text = (LEADS + LEAD.format(n=1) * 100_000).encode()
    packed = gzip.compress(text) if codec == "gzip" else pa.compress(text, codec="zstd", asbytes=True)
    (extracts / "leads.csv.gz").write_bytes(packed)
    with pytest.raises(DataError, match="unpacks to more than 100 times its size"):
        loaded()


def test_endless_zeros_are_no_extract(extracts: Path, loaded: Loaded) -> None:
    (extracts / "leads.csv.gz").write_bytes(gzip.compress(bytes(50_000_000)))
    (extracts / "leads.jsonl.gz").write_bytes(gzip.compress(b" " * 50_000_000))
    with pytest.raises(DataError, match="None of the 2 files"):
        loaded()


@pytest.mark.parametrize(
    "name", ["it's.csv", 'a "b".csv', "a\nb.csv", "[a]*?.csv", "$p0.csv", "-- x;.csv", "%s{}.csv"]
)
def test_names_of_files_are_only_names(
    name: str, extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / name).write_text(lead_lines(2) + "x,y\n")
    (file,) = loaded().files
    assert (file.path, file.loaded, file.quarantined) == (name, 2, 1)
    assert warehouse.execute("SELECT DISTINCT _file FROM raw.salesforce_lead").fetchall() == [(name,)]


def test_formulas_are_text(extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection) -> None:
    (extracts / "leads.csv").write_text(lead_lines(1).replace("Acme", "=HYPERLINK(1)"))
    loaded()
    assert warehouse.execute("SELECT Company FROM raw.salesforce_lead").fetchall() == [("=HYPERLINK(1)",)]


def reconciled(name: str, content: bytes) -> tuple[int, int, int] | None:
    """Records, loaded, quarantined of one file, checked against the tables; None where it was refused."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        try:
            result = load(Path(folder), ONE, settings=Settings(), mapping=None)
        except DataError:
            return None
    (file,) = result.files
    if file.already_loaded or file.object is None:
        return None
    kept = ONE.execute(
        "SELECT (SELECT count(*) FROM (SELECT _load FROM raw.salesforce_lead UNION ALL"
        " SELECT _load FROM raw.marketo_activity) WHERE _load = $load),"
        " (SELECT count(*) FROM raw._quarantine WHERE load = $load)",
        {"load": result.load},
    ).fetchall()
    assert kept == [(file.loaded, file.quarantined)]
    assert file.records == file.loaded + file.quarantined
    return file.records, file.loaded, file.quarantined


GOOD = [LEAD.format(n=n) for n in range(4)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([*GOOD, LEADS, *GOOD], (9, 8, 1)),  # the header again in the middle
        ([*GOOD, GOOD[0][:40]], (5, 4, 1)),  # cut off in the middle of the last line
        ([*GOOD, GOOD[0].rstrip("\n")], (5, 5, 0)),  # no line end at the end
        ([GOOD[0], GOOD[1].replace("Acme", "x" * 3_000_000), GOOD[2]], (3, 2, 1)),  # a cell of 3 MB
        ([GOOD[0], GOOD[1].replace("Acme", "x" * 100_000), GOOD[2]], (3, 3, 0)),
        ([GOOD[0], GOOD[1].replace(",Web,", ",Web,,"), GOOD[2]], (3, 2, 1)),  # a column too many
        ([GOOD[0], GOOD[1].replace("Acme", '"A\r\nc\n\nme"'), GOOD[2]], (3, 3, 0)),  # line ends in a value
        ([GOOD[0], GOOD[1].replace("Acme", 'A"c"me'), GOOD[2]], (3, 3, 0)),  # quotes in a bare value
        ([GOOD[0], GOOD[1].replace("Acme", '"Ac"me'), GOOD[2]], None),  # anything that adds up
        ([GOOD[0].replace("\n", "\r\n"), GOOD[1], GOOD[2].replace("\n", "\r\n")], (3, 3, 0)),
        ([GOOD[0], GOOD[1].replace("Acme", "A\0cme"), GOOD[2]], None),
    ],
)
def test_damage_costs_the_damaged_records_only(
    lines: list[str], expected: tuple[int, int, int] | None
) -> None:
    for table in ("salesforce_lead", "marketo_activity", "_files", "_quarantine"):
        ONE.execute(f"DROP TABLE IF EXISTS raw.{table}")
    found = reconciled("leads.csv", (LEADS + "".join(lines)).encode())
    assert found == expected or (expected is None and found is not None)


ACTIVITY = {"marketoGUID": "g", "leadId": 7, "activityDate": "2026-01-01T00:00:00Z", "activityTypeId": 1,
            "attributes": {"a": 1}}  # fmt: skip


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 40), st.binary(max_size=6)), max_size=4))
def test_json_lines_add_up_whatever_is_done_to_them(damage: list[tuple[int, int, bytes]]) -> None:
    body = "".join(json.dumps(ACTIVITY | {"marketoGUID": f"g{n}"}) + "\n" for n in range(10)).encode()
    for place, cut, put in damage:
        at = place % (len(body) + 1)
        body = body[:at] + put + body[at + cut :]
    reconciled("activities.jsonl", body)


@hypothesis_settings(max_examples=15, deadline=None)
@given(st.integers(0, 5_000), st.binary(min_size=1, max_size=8), st.booleans())
def test_damaged_parquet_is_refused_or_adds_up(place: int, put: bytes, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        ONE.sql(
            "SELECT 'g' || i AS marketoGUID, i AS leadId, TIMESTAMP '2026-01-01' AS activityDate,"
            " 1 AS activityTypeId, '{}' AS attributes FROM range(50) t(i)"
        ).write_parquet(str(path))
        body = path.read_bytes()
    at = place % len(body)
    reconciled("activities.parquet", body[:at] + (b"" if cut else put + body[at + len(put) :]))
