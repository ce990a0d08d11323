"""One threshold for all channels? The report says yes or no first, then what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.reporting import render
from orchestration.reporting.curve import read_suggestions
from orchestration.reporting.splitting import Splitting, find_splitting
from orchestration.reporting.tables import Marts
from orchestration.settings import Settings

AS_OF = date(2026, 4, 29)
SETTINGS = Settings()


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """The two tables that the finding reads, as in the made-up published file."""
    made = (Path(__file__).parent / "published.sql").read_text().split(";")
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        for statement in made:
            if "marts.mart_threshold_channels as" in statement or "threshold_suggestions as" in statement:
                connection.execute(statement.replace("{as_of}", AS_OF.isoformat()))
        yield connection


def found(tables: duckdb.DuckDBPyConnection) -> Splitting | str:
    marts = Marts(tables)
    return find_splitting(marts, AS_OF, SETTINGS, read_suggestions(marts, AS_OF, SETTINGS))


def told(tables: duckdb.DuckDBPyConnection) -> Splitting:
    splitting = found(tables)
    assert isinstance(splitting, Splitting)
    return splitting


def test_the_answer_names_the_channels_that_need_their_own_and_what_one_for_all_costs(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    splitting = told(tables)
    assert splitting.answer == (
        "No: 2 channels of 4 do better with their own (paid social 71, partner 57); the others follow 66."
    )
    assert "131 MQLs and 27.5 SQLs a week against 124 and 27.2" in splitting.cost
    assert [row.name for row in splitting.rows] == ["organic search", "paid social", "webinar", "partner"]


def test_a_channel_that_should_stay_while_all_others_move_says_how_to_accept_that(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    shared = tables.execute(
        "select current_threshold from marts.mart_threshold_suggestions where segment = 'global'"
    ).fetchone()
    assert shared is not None
    tables.execute(
        """
        update marts.mart_threshold_suggestions
        set current_threshold = $1, suggested_threshold = $1, decision = null
        where segment in ('paid_social', 'webinar')
        """,
        shared,
    )
    rows = {row.name: row for row in told(tables).rows}
    assert (rows["paid social"].follows, bool(rows["paid social"].command)) == (False, True)
    assert (rows["webinar"].follows, bool(rows["webinar"].command)) == (True, False)


def test_only_an_open_change_says_how_to_accept_it(tables: duckdb.DuckDBPyConnection) -> None:
    rows = told(tables).rows
    assert [bool(row.command) for row in rows] == [False, True, False, False]
    assert rows[1].command == "bandpass thresholds accept s_2b3c4d5e6f70 --workspace DIR"
    assert told(tables).open == ("paid social",)
    tables.execute("update marts.mart_threshold_suggestions set decision = 'accepted'")
    assert not any(row.command for row in told(tables).rows)


def test_channels_that_all_follow_are_answered_with_yes_and_cost_nothing(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    tables.execute("update marts.mart_threshold_channels set label = 'pooled'")
    splitting = told(tables)
    assert (splitting.answer, splitting.cost) == ("Yes: 66 fits all 4 channels.", "")


def test_without_judged_channels_the_reason_is_given(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("update marts.mart_threshold_channels set as_of = as_of - interval 7 day")
    assert found(tables) == "channels were judged for another day"
    tables.execute("delete from marts.mart_threshold_channels")
    assert "could not be judged, or only one channel" in str(found(tables))
    tables.execute("drop table marts.mart_threshold_channels")
    assert found(tables) == "the table mart_threshold_channels is not in the published file"


def test_the_page_shows_the_channels_and_takes_their_names_for_text(publish: Callable[..., Any]) -> None:
    published = publish(weeks=4, per_week=20)
    published.connection.execute("update marts.mart_threshold_channels set channel = '<b>x</b>' || channel")
    html = render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)
    assert "One threshold for all channels?" in html
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x" in html
    assert "bandpass thresholds accept s_2b3c4d5e6f70" in html
