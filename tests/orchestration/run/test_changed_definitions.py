"""A definition that is not what was published changes all weeks, so it is told."""

from __future__ import annotations

from datetime import date

import duckdb

from orchestration.restatement.definitions import changed_definitions, read_definitions
from orchestration.restatement.guard import restatements
from orchestration.restatement.tables import Difference

HORIZONS = "horizon_days: lead_to_mql 90, mql_to_sql 90"


def meaning(**changed: str) -> dict[str, str]:
    same = {"basis": "cohort", "numerator": "converted", "denominator": "entered", "window": "90 days"}
    return same | {"version": "1", "settings": ""} | changed


def test_what_means_the_same_is_no_change_nor_is_a_new_metric() -> None:
    before = {("t", "rate"): meaning()}
    assert changed_definitions(before, {**before, ("t", "new"): meaning()}) == []
    assert changed_definitions({}, before) == []


def test_a_new_version_is_told_once_for_all_metrics_it_concerns() -> None:
    before = {("t", metric): meaning() for metric in "abcdefg"}
    after = {("t", metric): meaning(version="2", numerator="other words") for metric in "abcdefg"}
    (change,) = changed_definitions(before, after)
    assert (change.subject, change.detail) == ("a, b, c, d, e and 2 more of t", "version 1 → 2")


def test_words_changed_without_a_new_version_are_told_too() -> None:
    (change,) = changed_definitions({("t", "a"): meaning()}, {("t", "a"): meaning(denominator="")})
    assert change.detail == "denominator entered → blank"


def test_of_a_setting_only_what_differs_is_told() -> None:
    before = {("t", "a"): meaning(settings=f"{HORIZONS}; calibration.min_completeness: 0.15")}
    after = {("t", "a"): meaning(settings=f"{HORIZONS[:-2]}60; calibration.min_completeness: 0.15")}
    (change,) = changed_definitions(before, after)
    assert change.detail == "horizon_days: mql_to_sql 90 → mql_to_sql 60"


def test_a_register_of_before_there_were_settings_is_compared_by_the_rest() -> None:
    before = {("t", "a"): {"version": "1"}}
    assert changed_definitions(before, {("t", "a"): meaning(settings=HORIZONS)}) == []
    (change,) = changed_definitions(before, {("t", "a"): meaning(version="2", settings=HORIZONS)})
    assert change.detail == "version 1 → 2"


def test_the_register_is_read_from_the_marts_and_may_be_missing() -> None:
    with duckdb.connect() as marts:
        marts.execute("create schema marts")
        assert read_definitions(marts) == {}
        marts.execute(
            """
            create table marts.mart_definitions as
            select 'a' as metric, 't' as table_name, 'cohort' as basis, null as numerator, '1' as version
            """
        )
        assert read_definitions(marts) == {("t", "a"): {"basis": "cohort", "numerator": "", "version": "1"}}


def test_a_changed_definition_is_a_restatement_that_changes_no_episode() -> None:
    changes = changed_definitions({("t", "a"): meaning()}, {("t", "a"): meaning(version="2")})
    (row,) = restatements(Difference((), {}), [], changes, number=4, as_of=date(2026, 3, 1))
    assert (row.number, row.kind, row.subject, row.detail) == (4, "definition", "a of t", "version 1 → 2")
    assert (row.episodes_before, row.episodes_after, row.episodes_changed) == (0, 0, 0)
