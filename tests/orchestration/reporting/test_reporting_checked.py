"""The block of the rule check: what a setting does that it should not, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestration.reporting import explain, render
from orchestration.settings import Settings

Publish = Callable[..., Any]
SETTINGS = Settings()
OPENS = ("opens_reach_threshold", "warning", "email_open", "Opens alone reach it.", "Lower max_count.")


def warn(published: Any, *rows: tuple[str, ...]) -> None:
    names = ("check_id", "severity", "rule_id", "message", "fix")
    columns = ", ".join(f"{name} varchar" for name in names)
    published.connection.execute(f"create table marts.mart_rule_checks ({columns})")
    for row in rows:
        published.connection.execute("insert into marts.mart_rule_checks values (?, ?, ?, ?, ?)", row)


def page(published: Any) -> str:
    return render(published.connection, as_of_day=published.world.as_of, settings=SETTINGS)


def test_rules_without_a_warning_are_not_mentioned(publish: Publish) -> None:
    published = publish()
    warn(published, ("threshold_never_decides", "information", "threshold:global", "It may be meant.", "-"))
    assert "Rule check" not in page(published)


def test_three_warnings_are_shown_that_of_opens_first_and_the_others_counted(publish: Publish) -> None:
    published = publish()
    dead = [("never_fires", "warning", f"rule_{i}", "Nothing fires it.", "End it.") for i in range(4)]
    warn(published, OPENS, *dead)
    found = explain(published.connection, as_of_day=published.world.as_of, settings=SETTINGS).checked
    assert found is not None
    assert [it.what for it in found.shown] == ["email_open", "rule_0", "rule_1"]
    assert found.more == 2
    html = page(published)
    assert html.count("Nothing fires it.") == 2
    assert "Lower max_count." in html
    assert "And 2 more in mart_rule_checks." in html


def test_names_of_rules_stay_text(publish: Publish) -> None:
    published = publish()
    warn(published, ("never_fires", "warning", "<script>x</script>", "</li><b>", "<i>"))
    html = page(published)
    assert "<script" not in html
    assert "&lt;script&gt;x" in html
