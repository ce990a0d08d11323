"""What sales and marketing work from, recomputed from published facts and seeds without the project's SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration.settings import Settings
from tests.dbt_funnel.entrants import Row, rows
from tests.reference.conditions import holds

UTC = ZoneInfo("UTC")
SMALL = 1e-9


@pytest.fixture(scope="module")
def fit_rules(built_workspace: Any) -> list[Row]:
    file = built_workspace.workspace.seeds / "scoring_rules.csv"
    with duckdb.connect() as connection:
        return rows(connection, f"select * from read_csv('{file}', all_varchar = true) where kind = 'fit'")  # noqa: S608


def due(waits_from: datetime, settings: Settings) -> datetime:
    """Walk along the local days until the working time is used up."""
    zone, hours = settings.zone, settings.business_hours
    left = timedelta(hours=settings.response_target_hours)
    now = waits_from.replace(tzinfo=UTC)
    day = now.astimezone(zone).date()
    while True:
        if day.isoweekday() in hours.iso_weekdays:
            start, end = (
                (datetime.combine(day, time(), zone) + timedelta(minutes=minute)).astimezone(UTC)
                for minute in (hours.start_minute, hours.end_minute)
            )
            begins = max(start, now)
            if begins < end:
                if left <= end - begins:
                    return (begins + left).replace(tzinfo=None)
                left -= end - begins
        day += timedelta(days=1)


def test_every_mql_in_the_queue_is_due_when_its_working_time_is_over(
    marts: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    queue = rows(marts, "select * from marts.mart_handoff_queue where not mql_at_is_date_only")
    assert queue
    for row in queue:
        assert row["due_at"] == due(row["mql_at"], settings), row["mql_episode_id"]


def test_the_queue_holds_exactly_the_open_mqls_nobody_has_called(marts: duckdb.DuckDBPyConnection) -> None:
    calls = defaultdict(list)
    query = "select * from marts.fct_activities where activity_type in ('call', 'meeting')"
    for row in rows(marts, query):
        calls[row["lead_id"]].append(row)
    excluded = {
        row["lead_id"] for row in rows(marts, "select lead_id from marts.dim_leads where is_excluded")
    }
    expected = set()
    for episode in rows(
        marts, "select * from marts.fct_mql_episodes where outcome = 'open' and sql_at is null"
    ):
        touched = any(
            call["occurred_at"].date() >= episode["mql_at"].date()
            if call["is_date_only"] or episode["mql_at_is_date_only"]
            else call["occurred_at"] >= episode["mql_at"]
            for call in calls[episode["lead_id"]]
        )
        if not touched and episode["lead_id"] not in excluded:
            expected.add(episode["mql_episode_id"])
    found = [
        row["mql_episode_id"] for row in rows(marts, "select mql_episode_id from marts.mart_handoff_queue")
    ]
    assert expected
    assert sorted(found) == sorted(expected)


def test_a_lead_sales_never_had_stands_on_exactly_the_lists_its_scores_say(
    marts: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    found = defaultdict(set)
    gated = set()
    for row in rows(marts, "select * from marts.mart_nurture"):
        found[row["lead_id"]].add(row["list"])
        gated |= {row["lead_id"]} if row["is_gated"] else set()
    (mark,) = rows(marts, "select distinct threshold, min_fit, min_engagement from marts.mart_nurture")
    leads = rows(
        marts,
        "select * from marts.dim_leads where lifecycle_stage = 'lead' and not is_mql and not is_excluded",
    )
    assert len(leads) > 100
    for lead in leads:
        is_fit = lead["fit_score"] >= mark["min_fit"] - SMALL
        is_engaged = lead["engagement_score"] >= mark["min_engagement"] - SMALL
        is_enough = lead["lead_score"] >= mark["threshold"] - SMALL
        is_near = lead["lead_score"] >= mark["threshold"] - settings.nurture_margin - SMALL
        lists = {
            "engaged_not_fit": is_engaged and not is_fit,
            "fit_not_engaged": is_fit and not is_engaged,
            "just_below": is_near and not is_enough,
            "held_at_gate": is_fit and is_engaged and is_enough and lead["lead_id"] in gated,
        }
        assert found[lead["lead_id"]] == {name for name, stands in lists.items() if stands}, lead["lead_id"]


def test_the_chance_that_an_answer_changes_the_decision_is_that_of_the_answers_given(
    marts: duckdb.DuckDBPyConnection, fit_rules: list[Row]
) -> None:
    (mark,) = rows(marts, "select distinct threshold, min_fit, min_engagement from marts.mart_nurture")
    assert not any(rule["valid_from"] or rule["valid_to"] for rule in fit_rules)
    fields = {rule["field"] for rule in fit_rules} - {"is_free_mail", "is_student", "email_domain", "channel"}
    leads = {row["lead_id"]: row for row in rows(marts, "select * from marts.dim_leads")}
    known = {
        row["lead_id"]: row
        for row in rows(marts, "select * from marts.dim_lead_history where valid_to is null")
    }
    # (field, channel) -> how many answers earn how many points; channel "(all)" sums them up
    answers: dict[tuple[str, str | None], Counter[float]] = defaultdict(Counter)
    for lead_id, attributes in known.items():
        if leads[lead_id]["is_excluded"]:
            continue
        for field in fields:
            if attributes[field] is not None:
                gain = points(fit_rules, field, attributes[field]) - points(fit_rules, field, None)
                answers[field, attributes["channel"]][gain] += 1
                answers[field, "(all)"][gain] += 1

    def chance(lead: Row, field: str) -> float:
        own, everywhere = answers[field, lead["channel"]], answers[field, "(all)"]
        changed = 0.0
        for gain, count in everywhere.items():
            share = (own[gain] + 20 * count / everywhere.total()) / (own.total() + 20)
            fits = [lead["fit_score"], lead["fit_score"] + gain]
            before, after = (
                fit >= mark["min_fit"] - SMALL
                and lead["engagement_score"] >= mark["min_engagement"] - SMALL
                and fit + lead["engagement_score"] >= mark["threshold"] - SMALL
                for fit in fits
            )
            changed += share * (before != after)
        return changed

    questions = rows(marts, "select * from marts.mart_next_question")
    assert any(row["p_changes_decision"] for row in questions)
    for row in questions:
        missing = sorted(field for field in fields if known[row["lead_id"]][field] is None)
        assert row["missing_attributes"] == missing
        chances = {
            field: chance(leads[row["lead_id"]], field)
            for field in missing
            if answers[field, "(all)"].total() >= 30
        }
        assert row["p_changes_decision"] == pytest.approx(max(chances.values()), abs=1e-8)
        assert row["p_changes_decision"] == pytest.approx(chances[row["attribute"]], abs=1e-8)


def points(rules: list[Row], field: str, value: object) -> float:
    return sum(
        float(rule["points"])
        for rule in rules
        if rule["field"] == field and holds(rule["operator"], value, rule["value"])
    )
