"""Stages of Salesforce's own demo data set: several changes in one instant (its `expected.md`)."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import load
from orchestration.settings import Settings
from tests.building import WAREHOUSE, call_dbt, shared_data

PIECES = 3


def in_shuffled_pieces(source: Path, folder: Path) -> None:
    """The stage history in several files and in no order: its times and ids alone tell the order."""
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    random.Random(7).shuffle(rows)
    for piece in range(PIECES):
        with (folder / f"history {piece}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows[piece::PIECES]])


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    extracts = shared_data("salesforce_wave_sales")
    root = tmp_path_factory.mktemp("wave")
    folder = root / "extracts"
    folder.mkdir()
    in_shuffled_pieces(extracts / "OpportunityHistory.csv", folder)
    for name in ("Lead.csv", "Opportunity.csv"):
        shutil.copyfile(extracts / name, folder / name)
    with duckdb.connect(str(root / WAREHOUSE)) as connection:
        loaded = load(folder, connection, settings=Settings(), mapping=None)
    assert sum(file.loaded for file in loaded.files if file.object == "opportunity_history") == 17502
    done = call_dbt(
        *(root, "build", "--resource-type", "seed", "--resource-type", "model"),
        *("--select", "+int_opportunity_states"),
        variables={"as_of": "2017-08-31"},
    )
    assert done.success, done.what_failed
    with duckdb.connect(str(root / WAREHOUSE), read_only=True) as connection:
        yield connection


def test_the_latest_stage_is_the_current_one_of_every_opportunity(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = warehouse.execute(
        "with latest as (select opportunity_id, arg_max(stage, tie_order) as stage"
        "    from intermediate.int_opportunity_stage_log group by opportunity_id)"
        " select count(*), count(*) filter (where l.stage = o.stage)"
        " from intermediate.int_opportunities as o left join latest as l using (opportunity_id)"
    ).fetchall()
    assert found == [(5197, 5197)]


def test_changes_of_one_instant_stand_in_the_order_of_falling_ids(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = warehouse.execute(
        "select count(*) from (select"
        "    cast(regexp_extract(change_id, '[0-9]+') as integer) as id, lag(id) over log as previous_id,"
        "    entered_at = lag(entered_at) over log as is_tied"
        "    from intermediate.int_opportunity_stage_log"
        "    window log as (partition by opportunity_id order by tie_order))"
        " where is_tied and id > previous_id"
    ).fetchall()
    assert found == [(0,)]


LOG = "select opportunity_id, is_closed, tie_order from intermediate.int_opportunity_stage_log"
STATES = (
    "select opportunity_id, state <> 'open' as is_closed, tie_order from intermediate.int_opportunity_states"
)


@pytest.mark.parametrize("changes", [LOG, STATES])
def test_reopened_opportunities_stay_reopened(changes: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    found = (
        warehouse.sql(changes)
        .project(
            "opportunity_id, is_closed,"
            " max(is_closed) over (partition by opportunity_id order by tie_order) as was_closed"
        )
        .filter("was_closed and not is_closed")
        .aggregate("count(distinct opportunity_id)")
        .fetchall()
    )
    assert found == [(567,)]


def test_opportunities_stand_as_their_stage_says(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "with latest as (select opportunity_id, arg_max(state, tie_order) as state"
        "    from intermediate.int_opportunity_states group by opportunity_id)"
        " select state, count(*) from latest group by state order by state"
    ).fetchall()
    assert found == [("lost", 3769), ("open", 262), ("won", 1166)]
