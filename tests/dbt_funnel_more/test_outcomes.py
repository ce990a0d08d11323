"""What became of MQLs and where SQLs come from, recomputed in plain Python from published facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from orchestration.settings import Settings
from tests.dbt_funnel.entrants import Row, When, day_of, rows, wilson

ALL = "(all)"
OUTCOMES = ("sql", "disqualified", "recycled", "open", "expired")
STEPS = (
    "period",
    "without_mql",
    "before_mql",
    "earlier_mqls",
    "other",
    "later_sqls",
    "late_sqls",
    "open",
    "expired",
)


def rate(k: int, n: int) -> tuple[float | None, float | None, float | None]:
    return (k / n, *wilson(k, n)) if n else (None, None, None)


def same(published: Row, wanted: Row, key: object) -> None:
    assert {name: published[name] for name in wanted} == pytest.approx(wanted, abs=1e-9), key


@pytest.fixture(scope="module")
def episodes(marts: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> list[Row]:
    """With the days, and whether the SQL came in time."""
    horizon = settings.horizon_days.mql_to_sql
    found = rows(marts, "from marts.fct_mql_episodes order by lead_id, episode_number")
    for row in found:
        mql: When = (row["mql_at"], row["mql_at_is_date_only"])
        row["mql_on"] = day_of(mql, settings.zone)
        row["is_matured"] = (as_of - row["mql_on"]).days >= horizon
        is_sql = row["outcome"] == "sql" and not row["is_bypass"]
        sql: When | None = (row["sql_at"], row["sql_at_is_date_only"]) if is_sql else None
        row["sql_on"] = day_of(sql, settings.zone) if sql else None
        row["is_in_time"] = sql is not None and (
            (row["sql_on"] - row["mql_on"]).days <= horizon
            if mql[1] or sql[1]
            else sql[0] - mql[0] <= timedelta(days=horizon)
        )
    return found


def in_groups(found: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in found:
        groups[tuple(row[name] for name in names)].append(row)
    return groups


def test_every_mql_of_every_week_is_somewhere(marts: duckdb.DuckDBPyConnection, episodes: list[Row]) -> None:
    expected: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    for row in episodes:
        week = row["mql_on"] - timedelta(days=row["mql_on"].weekday())
        for channel in (row["channel"] or "(none)", ALL):
            expected[week, channel][row["outcome"]] += 1
    published = rows(marts, "from marts.mart_conservation")
    assert {(row["cohort_week"], row["channel"]) for row in published} == expected.keys()
    for row in published:
        assert row["entered"] == sum(row[name] for name in OUTCOMES) + row["unexplained"]
        assert row["unexplained"] == 0  # the sample world leaves no MQL for a status nobody knows
        counts = expected[row["cohort_week"], row["channel"]]
        assert {name: row[name] for name in OUTCOMES} == {name: counts[name] for name in OUTCOMES}
    assert all(sum(counts[name] for counts in expected.values()) for name in OUTCOMES)


def test_first_and_later_passages_equal_the_recomputation(
    marts: duckdb.DuckDBPyConnection, settings: Settings, episodes: list[Row]
) -> None:
    groups = defaultdict(list)
    for row, following in pairwise([*episodes, None]):
        assert row is not None
        comes_back = following is not None and following["lead_id"] == row["lead_id"]
        days = None
        if comes_back and row["outcome"] == "recycled":
            assert following is not None
            days = (following["mql_on"] - day_of((row["outcome_at"], False), settings.zone)).days
        passage = {1: "first", 2: "second"}.get(row["episode_number"], "later")
        for channel in (row["channel"] or "(none)", ALL):
            for which in (passage, ALL):
                groups[channel, which].append((row, comes_back, days))
    published = {(row["channel"], row["passage"]): row for row in rows(marts, "from marts.mart_recycling")}
    assert published.keys() == groups.keys()
    for key, group in groups.items():
        matured = [row for row, _, _ in group if row["is_matured"]]
        recycled = [comes_back for row, comes_back, _ in group if row["outcome"] == "recycled"]
        days = sorted(d for _, _, d in group if d is not None)
        sqls = sum(row["is_in_time"] for row in matured)
        wanted: Row = {name: sum(row["outcome"] == name for row, _, _ in group) for name in OUTCOMES}
        wanted |= {"entered": len(group), "matured": len(matured), "matured_sqls": sqls}
        wanted |= dict(zip(("rate_matured", "rate_low", "rate_high"), rate(sqls, len(matured)), strict=True))
        wanted["recycled_again_mql"] = sum(recycled)
        names = ("return_rate_to_date", "return_low", "return_high")
        wanted |= dict(zip(names, rate(sum(recycled), len(recycled)), strict=True))
        wanted["median_days_to_next_mql"] = days[(len(days) - 1) // 2] if days else None
        same(published[key], wanted, key)
    assert sum(row["recycled_again_mql"] for row in published.values()) > 0


def test_what_sales_answered_equals_the_recomputation(
    marts: duckdb.DuckDBPyConnection, episodes: list[Row]
) -> None:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in episodes:
        groups[ALL, ALL].append(row)
        groups["channel", row["channel"] or "(none)"].append(row)
        groups["campaign", row["campaign_id"] or "(none)"].append(row)
        rules = {reason["rule_id"] for reason in row["reasons"]} - {"floor"}
        if row["qualified_by"].startswith("path:"):
            rules.add(row["qualified_by"])
        for rule in rules:
            groups["rule", rule].append(row)
    expected = {}
    for (dimension, value), group in groups.items():
        counts = Counter(row["outcome"] for row in group)
        answered = counts["sql"] + counts["disqualified"] + counts["recycled"]
        accepted, turned_down = rate(counts["sql"], answered), rate(counts["disqualified"], answered)
        expected[dimension, value, ALL] = {
            "mqls": len(group),
            "accepted": counts["sql"],
            **{name: counts[name] for name in OUTCOMES[1:]},
            "answered": answered,
            **dict(zip(("acceptance_rate", "acceptance_low", "acceptance_high"), accepted, strict=True)),
            **dict(
                zip(("disqualified_rate", "disqualified_low", "disqualified_high"), turned_down, strict=True)
            ),
        }
        reasons = Counter(
            row["disqualified_reason"] or "(none)" for row in group if row["outcome"] == "disqualified"
        )
        for reason, count in reasons.items():
            ends = dict(
                zip(
                    ("disqualified_rate", "disqualified_low", "disqualified_high"),
                    rate(count, answered),
                    strict=True,
                )
            )
            expected[dimension, value, f"for: {reason}"] = {
                "mqls": len(group), "disqualified": count, "answered": answered, "accepted": None, **ends,
            }  # fmt: skip
    published = {
        (row["dimension"], row["value"], row["reason"]): row
        for row in rows(marts, "from marts.mart_sales_feedback")
    }
    assert published.keys() == expected.keys()
    for key, wanted in expected.items():
        same(published[key], wanted, key)
    assert len({key[2] for key in expected}) > 4


@pytest.fixture(scope="module")
def sqls(marts: duckdb.DuckDBPyConnection, settings: Settings, episodes: list[Row]) -> list[Row]:
    """First SQL entries per lead and segment: day, channel, origin, and the day of the MQL they answer."""
    first: dict[tuple[str, int], When] = {}
    for row in rows(marts, "from marts.fct_lifecycle_events where stage = 'sql'"):
        key, when = (row["lead_id"], row["segment_number"]), (row["entered_at"], row["is_date_only"])
        if key not in first or (day_of(when, settings.zone), when[1], when[0]) < (
            day_of(first[key], settings.zone), first[key][1], first[key][0],
        ):  # fmt: skip
            first[key] = when
    channels = {row["lead_id"]: row["channel"] for row in rows(marts, "from marts.dim_leads")}
    answers = in_groups((e for e in episodes if e["outcome"] == "sql"), "lead_id", "sql_at")
    of_segment = in_groups(episodes, "lead_id", "segment_number")
    found = []
    for (lead, segment), when in first.items():
        answered = answers.get((lead, when[0]), [])
        others = of_segment.get((lead, segment), [])
        if answered:
            origin = "mql"
        elif not others:
            origin = "without_mql"
        else:
            origin = "before_mql" if any(e["is_bypass"] for e in others) else "after_other_outcome"
        found.append(
            {
                "lead_id": lead,
                "sql_on": day_of(when, settings.zone),
                "channel": channels.get(lead) or "(none)",
                "origin": origin,
                "mql_on": min((e["mql_on"] for e in answered), default=None),
            }
        )
    return found


def test_bypasses_equal_the_recomputation(marts: duckdb.DuckDBPyConnection, sqls: list[Row]) -> None:
    groups = defaultdict(list)
    for row in sqls:
        for channel in (row["channel"], ALL):
            groups[row["sql_on"].replace(day=1), channel].append(row["origin"])
    published = {(row["month"], row["channel"]): row for row in rows(marts, "from marts.mart_bypass")}
    assert published.keys() == groups.keys()
    for key, origins in groups.items():
        counts = Counter(origins)
        bypasses = counts["without_mql"] + counts["before_mql"]
        wanted: Row = {name: counts[name] for name in ("without_mql", "before_mql", "after_other_outcome")}
        wanted |= {"sqls": len(origins), "from_mql": counts["mql"], "bypasses": bypasses}
        names = ("bypass_rate", "bypass_low", "bypass_high")
        same(published[key], wanted | dict(zip(names, rate(bypasses, len(origins)), strict=True)), key)
    assert any(row["bypasses"] for row in published.values())


def starts_of(day: date) -> tuple[tuple[str, date], ...]:
    return ("week", day - timedelta(days=day.weekday())), ("month", day.replace(day=1))


def test_every_step_of_every_bridge_equals_the_recomputation(
    marts: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, episodes: list[Row], sqls: list[Row]
) -> None:
    counts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for row in sqls:
        for span in starts_of(row["sql_on"]):
            counts[span]["sqls"] += 1
            is_earlier = row["origin"] == "mql" and row["mql_on"] < span[1]
            counts[span]["earlier_mqls" if is_earlier else row["origin"]] += 1
    for row in episodes:
        for span in starts_of(row["mql_on"]):
            counts[span]["mqls"] += 1
            counts[span][row["outcome"]] += row["outcome"] in ("open", "expired")
            counts[span]["converted"] += row["sql_on"] is not None
            counts[span]["in_time"] += row["is_in_time"]
            counts[span]["at_once"] += row["is_in_time"] and span in starts_of(row["sql_on"])
    published = in_groups(
        rows(marts, "from marts.mart_funnel_bridge order by step_order"), "span", "starts_on"
    )
    assert published.keys() == counts.keys()
    for span, of_span in published.items():
        n = counts[span]
        rest = n["sqls"] - n["without_mql"] - n["before_mql"] - n["earlier_mqls"]
        after = [n["sqls"], n["sqls"] - n["without_mql"], rest + n["earlier_mqls"], rest, n["at_once"]]
        after += [n["in_time"], *[n["converted"]] * 3]
        among = [n["mqls"]] * 7 + [n["mqls"] - n["open"], n["mqls"] - n["open"] - n["expired"]]
        last = span[1] + timedelta(days=6) if span[0] == "week" else next_month(span[1]) - timedelta(days=1)
        is_final = last + timedelta(days=settings.horizon_days.mql_to_sql) <= as_of
        assert [row["step"] for row in of_span] == list(STEPS)
        assert [row["sqls"] for row in of_span] == after, span
        assert [row["mqls"] for row in of_span] == among, span
        assert {row["is_matured"] for row in of_span} == {is_final}
        for row, k, m in zip(of_span, after, among, strict=True):
            assert row["rate"] == (pytest.approx(k / m, abs=1e-9) if m else None)
            if row["step_order"] >= 6:
                found = {"rate": row["rate"], "low": row["rate_low"], "high": row["rate_high"]}
                same(found, dict(zip(("rate", "low", "high"), rate(k, m), strict=True)), span)


def next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def test_the_steps_of_a_bridge_sum_from_the_first_rate_to_the_last(marts: duckdb.DuckDBPyConnection) -> None:
    bridges = in_groups(rows(marts, "from marts.mart_funnel_bridge order by step_order"), "span", "starts_on")
    for steps in bridges.values():
        for name, change in (("sqls", "sqls_change"), ("mqls", "mqls_change")):
            assert [row[name] for row in steps] == [
                sum(row[change] for row in steps[: i + 1]) for i in range(len(steps))
            ]
        if all(row["rate"] is not None for row in steps):
            changes = sum(row["rate_change"] for row in steps[1:])
            assert steps[0]["rate"] + changes == pytest.approx(steps[-1]["rate"], abs=1e-12)
    assert any(
        row["sqls_change"] for steps in bridges.values() for row in steps if row["step"] == "earlier_mqls"
    )


def test_a_bridge_reaches_the_rates_that_are_published_elsewhere(marts: duckdb.DuckDBPyConnection) -> None:
    measured = {
        (row["measure"], row["starts_on"]): row["rate"]
        for row in rows(marts, "from marts.mart_funnel_bridge where span = 'week' and measure is not null")
    }
    weekly = rows(
        marts,
        "from marts.mart_conversion_weekly "
        "where step = 'mql_to_sql' and channel = '(all)' and campaign_id = '(all)'",
    )
    period = rows(marts, "from marts.mart_funnel_period where channel = '(all)' and campaign_id = '(all)'")
    compared = Counter[str]()
    for table, week, names in (
        (weekly, "cohort_week", ("rate_matured", "rate_to_date", "rate_resolved")),
        (period, "week", ("mql_to_sql_rate",)),
    ):
        for row in table:
            for name in names:
                if row[name] is not None:
                    assert measured[name, row[week]] == pytest.approx(row[name], abs=1e-9), (name, row[week])
                    compared[name] += 1
    assert len(compared) == 4
    assert min(compared.values()) > 10


def test_the_crm_counts_differ_by_exactly_what_is_named(
    marts: duckdb.DuckDBPyConnection, settings: Settings, episodes: list[Row]
) -> None:
    published = {
        (row["month"], row["stage"]): row for row in rows(marts, "from marts.mart_crm_reconciliation")
    }
    counted: Counter[tuple[date, str]] = Counter()
    for row in episodes:
        counted[row["mql_on"].replace(day=1), "mql"] += 1
        if row["outcome"] == "sql":
            sql_on = day_of((row["sql_at"], row["sql_at_is_date_only"]), settings.zone)
            counted[sql_on.replace(day=1), "sql"] += 1
    assert {key: row["bandpass_count"] for key, row in published.items() if row["bandpass_count"]} == counted
    for row in published.values():
        assert row["difference"] == row["bandpass_count"] - row["crm_count"]
        parts = ("excluded", "bypass", "merged", "inferred", "other")
        assert row["difference"] == sum(row[name] for name in parts)


def test_the_crm_counts_are_those_of_its_own_log(
    marts: duckdb.DuckDBPyConnection, built_workspace: Any, sqls: list[Row]
) -> None:
    """The sample's CRM logs every change of a lead's status, and a conversion beside it."""
    log = built_workspace.workspace.root / "extracts" / "salesforce" / "LeadHistory.csv"
    stages = {"MQL": "mql", "Qualified": "sql"}
    counted: Counter[tuple[date, str]] = Counter()
    with duckdb.connect() as connection:
        changes = connection.execute(
            "select NewValue, CreatedDate::timestamp::date from read_csv(?, all_varchar = true) "
            "where Field = 'Status'",
            [str(log)],
        ).fetchall()
    for value, day in changes:
        if value in stages:
            counted[day.replace(day=1), stages[value]] += 1
    published = {
        (row["month"], row["stage"]): row for row in rows(marts, "from marts.mart_crm_reconciliation")
    }
    assert {key: row["crm_count"] for key, row in published.items() if row["crm_count"]} == counted
    bypasses = Counter(row["sql_on"].replace(day=1) for row in sqls if row["origin"] != "mql")
    assert {month: -row["bypass"] for (month, stage), row in published.items() if stage == "sql"} == {
        month: bypasses[month] for month, stage in published if stage == "sql"
    }
