"""HubSpot extracts of a sample world as files: recognised, loaded alike in every format, repeatable."""

# Table names are the profiles' own.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import load
from orchestration.loading.inspection import inspect
from orchestration.loading.profiles import PROFILES
from orchestration.sample import generate
from orchestration.settings import Settings

# A link table of three columns is never more than probable by its header alone.
UNSURE = {"engagement_contact"}


def test_every_file_is_recognised_and_nothing_required_is_missing(tmp_path: Path) -> None:
    portal = generate(tmp_path, leads=1_000, weeks=60, vendor="hubspot")
    found = inspect(portal.folder, mapping=None, time_zone="UTC")
    assert {file.path for file in found.files} == set(portal.files)
    for file in found.files:
        assert (file.vendor, file.refused, file.problems) == ("hubspot", 0, []), file.path
        assert file.is_sure or file.object in UNSURE, file.path
        assert set(file.unknown) <= {"Disqualified Reason", "portalSubscriptionStatus"}, file.path
    assert [question.question for question in found.cannot_answer] == ["What does an MQL or a customer cost?"]


def _contents(folder: Path, fmt: str) -> dict[str, tuple[int, int]]:
    """Rows and a fingerprint of the values of each raw table."""
    generate(folder, leads=400, weeks=30, seed=3, vendor="hubspot", fmt=fmt)  # type: ignore[arg-type]
    with duckdb.connect() as warehouse:
        result = load(folder, warehouse, settings=Settings(), mapping=None)
        assert result.quarantined == 0
        assert {file.vendor for file in result.files} == {"hubspot"}
        return {
            profile.table: warehouse.execute(
                "SELECT count(*), bit_xor(hash(r))"
                " FROM (SELECT * EXCLUDE (_file, _file_hash, _record, _loaded_at, _extra)"
                f" FROM raw.{profile.table}) AS r"
            ).fetchall()[0]
            for profile in PROFILES
        }


def test_every_format_loads_to_the_same_rows_without_quarantine(tmp_path: Path) -> None:
    csv = _contents(tmp_path / "csv", "csv")
    filled = {table for table, (rows, _) in csv.items() if rows}
    assert filled == {
        f"hubspot_{name}"
        for name in (
            "contact", "company", "deal", "contact_property_history", "deal_property_history",
            "contact_merge", "pipeline_stage", "email_event", "email_campaign", "form_submission",
            "engagement", "engagement_contact",
        )
    }  # fmt: skip
    for fmt in ("parquet", "jsonl"):
        assert _contents(tmp_path / fmt, fmt) == csv


@pytest.mark.parametrize("fmt", ["csv", "parquet", "jsonl"])
def test_same_arguments_give_the_same_bytes_also_over_another_world(tmp_path: Path, fmt: str) -> None:
    def digest(folder: Path) -> dict[str, str]:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    generate(tmp_path / "a", leads=300, weeks=20, seed=3, vendor="hubspot", fmt=fmt)  # type: ignore[arg-type]
    generate(tmp_path / "b", leads=200, weeks=20, seed=4)
    generate(tmp_path / "b", leads=300, weeks=20, seed=3, vendor="hubspot", fmt=fmt)  # type: ignore[arg-type]
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


@pytest.mark.parametrize("weeks", [4, 130])
def test_a_tiny_world_of_any_length_is_complete(tmp_path: Path, weeks: int) -> None:
    summary = generate(tmp_path, leads=50, weeks=weeks, vendor="hubspot")
    assert {Path(name).stem for name in summary.files if "email_events" not in name} == {
        "contacts", "companies", "deals", "contact_property_history", "deal_property_history",
        "contact_merges", "deal_pipeline_stages", "email_campaigns", "form_submissions", "engagements",
        "engagement_contacts",
    }  # fmt: skip
    assert not list(tmp_path.glob(".sample-*"))


def test_the_world_is_the_one_of_the_other_vendor(tmp_path: Path) -> None:
    one = generate(tmp_path / "one", leads=500, weeks=30)
    other = generate(tmp_path / "other", leads=500, weeks=30, vendor="hubspot")
    assert (one.mqls, one.sqls, one.opportunities, one.customers) == (
        other.mqls, other.sqls, other.opportunities, other.customers,
    )  # fmt: skip
    columns = "person, episode, mql_at, p_sql, sql_at, disqualified_at, recycled_at"
    with duckdb.connect() as connection:
        told = [
            connection.execute(f"SELECT {columns} FROM '{world.truth}/mqls.csv'").fetchall()
            for world in (one, other)
        ]
    assert told[0] == told[1]
    rates = [(world.truth / "channel_rates.csv").read_bytes() for world in (one, other)]
    assert rates[0] == rates[1]
