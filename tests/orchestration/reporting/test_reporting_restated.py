"""The block that says which published decisions are different now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from orchestration.reporting import explain, render
from orchestration.settings import Settings

Publish = Callable[..., Any]
SETTINGS = Settings()


def restate(published: Any, *rows: tuple[Any, ...]) -> date:
    """Add rows (days before the as-of, kind, subject, detail, before, after, changed); the as-of day."""
    as_of: date = published.world.as_of
    published.connection.execute(
        """
        create table marts.mart_restatements (
            restatement_number integer, as_of date, kind varchar, subject varchar, detail varchar,
            episodes_before bigint, episodes_after bigint, episodes_changed bigint
        )
        """
    )
    for number, (ago, *row) in enumerate(rows, start=1):
        values = [number, as_of - timedelta(days=ago), *row]
        published.connection.execute(
            "insert into marts.mart_restatements values (?, ?, ?, ?, ?, ?, ?, ?)", values
        )
    return as_of


def test_a_week_without_restatements_says_nothing_of_them(publish: Publish) -> None:
    published = publish()
    as_of = restate(
        published,
        (7, "seed", "scoring_rules.csv open", "points 10 → 20", 600, 640, 52),
        (0, "identity", "leads merged or split: 3", "l_b and l_a", 3, 3, 0),
    )
    assert explain(published.connection, as_of_day=as_of, settings=SETTINGS).restated == ()
    assert "Restated" not in render(published.connection, as_of_day=as_of, settings=SETTINGS)


def test_what_was_restated_is_told_with_cause_and_effect_once_for_the_rules_of_one_run(
    publish: Publish,
) -> None:
    published = publish()
    as_of = restate(
        published,
        (6, "seed", "scoring_rules.csv open", "points 10 → 20", 600, 640, 52),
        (6, "setting", "cooldown_days", "30 → 7", 600, 640, 52),
        (0, "identity", "leads merged or split: 3", "l_b and l_a", 3, 2, 1),
    )
    newest, older = explain(published.connection, as_of_day=as_of, settings=SETTINGS).restated
    assert newest.effect == "1 MQL changed; 3 before, 2 now"
    assert newest.why == "Records turned out to be one person, or two"
    assert older.what == "scoring_rules.csv open: points 10 → 20; cooldown_days: 30 → 7"
    assert older.effect == "52 MQLs changed; 600 before, 640 now"
    html = render(published.connection, as_of_day=as_of, settings=SETTINGS)
    assert html.count("52 MQLs changed") == 1


def test_two_runs_that_restated_on_one_day_keep_their_own_counts(publish: Publish) -> None:
    published = publish()
    as_of = restate(
        published,
        (0, "seed", "mql_thresholds.csv global", "threshold 60 → 55", 600, 640, 52),
        (0, "seed", "mql_thresholds.csv global", "threshold 55 → 50", 640, 700, 71),
    )
    found = explain(published.connection, as_of_day=as_of, settings=SETTINGS).restated
    assert [it.effect[:2] for it in found] == ["52", "71"]


def test_texts_of_seeds_stay_text(publish: Publish) -> None:
    published = publish()
    as_of = restate(published, (0, "seed", "<script>x</script>", "</li><b>", 1, 1, 1))
    html = render(published.connection, as_of_day=as_of, settings=SETTINGS)
    assert "<script" not in html
    assert "&lt;script&gt;x" in html


def test_a_changed_definition_is_told_though_no_mql_differs(publish: Publish) -> None:
    published = publish()
    as_of = restate(published, (0, "definition", "rate_matured of mart_conversion_weekly", "1 → 2", 0, 0, 0))
    (told,) = explain(published.connection, as_of_day=as_of, settings=SETTINGS).restated
    assert told.effect == "All weeks are counted anew"
    assert told.what == "rate_matured of mart_conversion_weekly: 1 → 2"
