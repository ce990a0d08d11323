"""mart_campaign_performance, recomputed from published facts, and a campaign renamed between two extracts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.building import build_extracts
from tests.dbt_funnel.entrants import Row, rows

COUNTS = ("members", "responses", "leads", "mqls", "open_mqls", "sqls", "opportunities", "customers")
AMOUNTS = ("pipeline_amount", "open_amount", "won_amount")


@pytest.fixture(scope="module")
def marts(built_workspace: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = built_workspace.marts()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def expected(marts: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Counter[str]]:
    """What each campaign and channel brought; every campaign of the sample world has one name and channel."""
    leads = {row["lead_id"]: row for row in rows(marts, "from marts.dim_leads")}
    channels = {row["campaign_id"]: row["channel"] for row in rows(marts, "from marts.dim_campaigns")}
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def place(lead: Row) -> tuple[str, str]:
        campaign = lead["campaign_id"]
        return campaign or "(none)", (channels[campaign] if campaign else lead["channel"]) or "(none)"

    for lead in leads.values():
        found[place(lead)]["leads"] += not lead["is_excluded"]
    for row in rows(marts, "from marts.fct_mql_episodes"):
        found[place(leads[row["lead_id"]])]["mqls"] += 1
        found[place(leads[row["lead_id"]])]["open_mqls"] += row["outcome"] == "open"
    names = {"sql": "sqls", "opportunity": "opportunities", "customer": "customers"}
    for lead_id, _, stage in {
        (row["lead_id"], row["segment_number"], row["stage"])
        for row in rows(marts, "from marts.fct_lifecycle_events")
        if row["stage"] in names
    }:
        found[place(leads[lead_id])][names[stage]] += 1
    for row in rows(marts, "from marts.fct_opportunities where lead_id is not null"):
        at, amount = place(leads[row["lead_id"]]), row["amount"] or 0
        found[at]["pipeline_amount"] += amount
        found[at]["open_amount"] += amount if row["closed_at"] is None else 0
        found[at]["won_amount"] += amount if row["is_won"] else 0
    for row in rows(marts, "from marts.fct_touches where kind in ('membership', 'response')"):
        what = "members" if row["kind"] == "membership" else "responses"
        found[row["campaign_id"], row["channel"] or "(none)"][what] += 1
    return found


def test_every_campaign_counts_its_own_leads_and_their_money(
    marts: duckdb.DuckDBPyConnection, expected: dict[tuple[str, str], Counter[str]]
) -> None:
    costs = {row["campaign_id"]: row["actual_cost"] for row in rows(marts, "from marts.dim_campaigns")}
    published = rows(
        marts, "from marts.mart_campaign_performance where '(all)' not in (campaign_id, channel)"
    )
    by_place = {(row["campaign_id"], row["channel"]): row for row in published}
    assert len(by_place) == len(published)
    assert by_place.keys() >= expected.keys()
    assert any(row["cost_per_sql"] for row in published)
    for (campaign, channel), row in by_place.items():
        counted = expected[campaign, channel]
        assert {name: row[name] for name in COUNTS} == {name: counted[name] for name in COUNTS}
        for name in AMOUNTS:
            assert row[name] == pytest.approx(counted[name])
        cost = costs.get(campaign)
        assert row["cost"] == cost
        assert row["cost_reason"] == ("unknown" if cost is None else None)
        for per, count in (("mql", "mqls"), ("sql", "sqls"), ("customer", "customers")):
            ratio = None if cost is None or not counted[count] else cost / counted[count]
            assert row[f"cost_per_{per}"] == (None if ratio is None else pytest.approx(ratio))
        roi = (counted["won_amount"] - cost) / cost if cost else None
        assert row["roi"] == (None if roi is None else pytest.approx(roi))


def test_rollups_divide_the_cost_by_what_it_was_spent_on(
    marts: duckdb.DuckDBPyConnection, expected: dict[tuple[str, str], Counter[str]]
) -> None:
    costs = {row["campaign_id"]: row["actual_cost"] for row in rows(marts, "from marts.dim_campaigns")}
    published = rows(marts, "from marts.mart_campaign_performance where '(all)' in (campaign_id, channel)")
    assert len(published) > 2
    for row in published:
        inside = {
            place: counted
            for place, counted in expected.items()
            if row["campaign_id"] in ("(all)", place[0]) and row["channel"] in ("(all)", place[1])
        }
        for name in COUNTS:
            assert row[name] == sum(counted[name] for counted in inside.values())
        for name in AMOUNTS:
            assert row[name] == pytest.approx(sum(counted[name] for counted in inside.values()))
        costed = [counted for (campaign, _), counted in inside.items() if costs.get(campaign) is not None]
        spent = [costs[campaign] for campaign, _ in inside if costs.get(campaign) is not None]
        cost = sum(spent) if spent else None
        assert row["cost"] == (None if cost is None else pytest.approx(cost))
        for per, name in (("mql", "mqls"), ("sql", "sqls"), ("customer", "customers")):
            count = sum(counted[name] for counted in costed)
            assert row[f"costed_{name}"] == (None if cost is None else count)
            ratio = None if cost is None or not count else cost / count
            assert row[f"cost_per_{per}"] == (None if ratio is None else pytest.approx(ratio))
        won = sum(counted["won_amount"] for counted in costed)
        assert row["roi"] == (pytest.approx((won - cost) / cost) if cost else None)


def test_every_won_opportunity_of_a_lead_is_counted_once(marts: duckdb.DuckDBPyConnection) -> None:
    [won] = rows(
        marts,
        "select sum(amount) as amount, count(*) as n from marts.fct_opportunities"
        " where is_won and lead_id is not null",
    )
    assert won["n"] > 3
    for inside in (
        "'(all)' not in (campaign_id, channel)",
        "channel = '(all)' and campaign_id <> '(all)'",
        "campaign_id = '(all)' and channel <> '(all)'",
        "campaign_id = '(all)' and channel = '(all)'",
    ):
        [found] = rows(
            marts,
            f"select sum(won_amount) as amount from marts.mart_campaign_performance where {inside}",  # noqa: S608
        )
        assert found["amount"] == pytest.approx(won["amount"], abs=1e-6)


# The unit tests of mart_campaign_performance and int_campaign_history have the same rules, each for itself.
@pytest.mark.long
def test_a_lead_counts_under_the_name_its_campaign_had_when_it_came(tmp_path: Path) -> None:
    extracts = tmp_path / "extracts" / "salesforce"
    extracts.mkdir(parents=True)
    header = "Id,Name,Type,ActualCost,CreatedDate,LastModifiedDate,SystemModstamp\n"
    campaign = "701000000000001AAA"
    for file, row in (
        (
            "Campaign_a.csv",
            f"{campaign},Before,Webinar,100,2025-01-01T00:00:00Z,2025-01-02T00:00:00Z,2025-01-02T00:00:00Z\n",
        ),
        (
            "Campaign_b.csv",
            f"{campaign},After,Email,300,2025-01-01T00:00:00Z,2025-03-01T00:00:00Z,2025-03-01T00:00:00Z\n",
        ),
    ):
        (extracts / file).write_text(header + row)
    (extracts / "Lead.csv").write_text(
        "Id,Email,FirstName,LastName,Company,Status,LeadSource,IsConverted,CreatedDate,LastModifiedDate,SystemModstamp\n"
        + "".join(
            f"00Q00000000000{n}AAA,p{n}@example{n}.com,P,{n},C{n},Open,Web,false,{day}T09:00:00Z,{day}T09:00:00Z,{day}T09:00:00Z\n"
            for n, day in ((1, "2025-02-10"), (2, "2025-03-10"), (3, "2025-03-20"))
        )
    )
    (extracts / "CampaignMember.csv").write_text(
        "Id,CampaignId,LeadId,ContactId,Status,HasResponded,FirstRespondedDate,CreatedDate,LastModifiedDate,SystemModstamp\n"
        + "".join(
            f"00v00000000000{n}AAA,{campaign},00Q00000000000{n}AAA,,Sent,false,,{day}T09:00:05Z,{day}T09:00:05Z,{day}T09:00:05Z\n"
            for n, day in ((1, "2025-02-10"), (2, "2025-03-10"), (3, "2025-03-20"))
        )
    )
    built = build_extracts(
        tmp_path / "extracts",
        tmp_path,
        "mart_campaign_performance",
        "mart_attribution",
        as_of=date(2025, 4, 30),
        deep_tests=False,
    )
    found = built.rows(
        "select campaign_name, channel, leads, members, cost, cost_reason"
        " from bandpass.marts.mart_campaign_performance where campaign_id = ? order by all",
        campaign,
    )
    assert found == [
        ("(undivided)", "(undivided)", 0, 0, 300.0, "undivided"),
        ("After", "(all)", 3, 3, 300.0, None),
        ("After", "email", 2, 2, None, "undivided"),
        ("Before", "webinar", 1, 1, None, "undivided"),
    ]
