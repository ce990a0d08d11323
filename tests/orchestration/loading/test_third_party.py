"""Real extracts written by others, with the counts of their `expected.md`."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import LoadResult, load
from orchestration.loading.recognition import recognise
from orchestration.settings import Settings
from tests.building import shared_data


def counts(result: LoadResult) -> dict[str, tuple[str | None, int, int]]:
    return {file.path: (file.object, file.records, file.loaded) for file in result.files}


def test_marketo_bulk_extracts_load(warehouse: duckdb.DuckDBPyConnection) -> None:
    result = load(shared_data("marketo_bulk_extract"), warehouse, settings=Settings(), mapping=None)
    found = counts(result)
    assert found["activity_extract1.csv"] == ("activity", 34, 34)
    assert found["activity_extract2.csv"] == ("activity", 21, 21)
    assert found["program_members_extract.csv"] == ("program_member", 3, 3)
    assert found["lead_extract_with_quote_in_quote_field.csv"][0] is None
    row = warehouse.execute(
        "SELECT count(DISTINCT marketoGUID), count(campaignId), count(attributes->>'Source Type')"
        " FROM raw.marketo_activity"
    ).fetchone()
    assert row == (55, 0, 55)


def test_salesforces_demo_org_loads_by_its_external_ids(warehouse: duckdb.DuckDBPyConnection) -> None:
    result = load(shared_data("salesforce_wave_sales"), warehouse, settings=Settings(), mapping=None)
    found = {path: count for path, (_, count, loaded) in counts(result).items() if loaded}
    assert found == {
        "Account.csv": 3775, "Contact.csv": 3775, "Event.csv": 7823, "Lead.csv": 1307,
        "Opportunity.csv": 5197, "OpportunityHistory.csv": 17502, "Task.csv": 7814,
    }  # fmt: skip
    joined = warehouse.execute(
        "SELECT count(*) FROM raw.salesforce_opportunity_history h"
        " JOIN raw.salesforce_opportunity o ON h.OpportunityId = o.Id"
    ).fetchone()
    assert joined == (17502,)


@pytest.mark.parametrize(
    ("folder", "leads", "opportunities"),
    [
        ("data_loader_iso_2024", 60, 50),
        ("weekly_data_export_2018", 22, 31),
        ("weekly_data_export_2023", 22, 31),
        ("powerbi_csv_2026", 22, 36),
    ],
)
def test_salesforce_exports_of_several_tools_load(
    folder: str, leads: int, opportunities: int, warehouse: duckdb.DuckDBPyConnection
) -> None:
    path = shared_data("salesforce_export_formats") / folder
    result = load(path, warehouse, settings=Settings(), mapping=None)
    found = {file.object: (file.loaded, file.quarantined) for file in result.files if file.object}
    assert found["lead"] == (leads, 0)
    assert found["opportunity"] == (opportunities, 0)
    assert result.quarantined == 0


def test_month_first_dates_of_a_report_are_read_by_what_they_prove(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    path = shared_data("salesforce_export_formats") / "powerbi_csv_2026"
    load(path, warehouse, settings=Settings(), mapping=None)
    row = warehouse.execute(
        "SELECT count(*) FILTER (IsWon), sum(Amount) FILTER (IsWon), min(CloseDate)::VARCHAR"
        " FROM raw.salesforce_opportunity"
    ).fetchone()
    assert row is not None
    assert row[:2] == (12, 2815000)
    converted = "SELECT count(*) FROM raw.salesforce_lead WHERE IsConverted AND ConvertedDate >= '2026-02-01'"
    assert warehouse.execute(converted).fetchone() == (5,)


NOT_USED = {
    "contact_list", "contact_list_member", "deal_pipeline", "email_event_bounce", "email_event_deferred",
    "email_event_delivered", "email_event_dropped", "email_event_forward", "email_event_open",
    "email_event_print", "email_event_sent", "email_event_spam_report", "email_event_status_change",
    "engagement_company", "engagement", "engagement_deal", "form", "owner", "owner_team", "property",
    "property_option", "role", "team", "team_user", "ticket_company", "ticket_contact", "ticket",
    "ticket_deal", "ticket_engagement", "ticket_pipeline", "ticket_pipeline_stage",
    "ticket_property_history", "users", "email_template_history", "lead_describe", "list",
    "list_membership", "visitor", "opportunity_line_item", "order", "product_2", "user", "user_role",
}  # fmt: skip


def expected_rows(folder: Path) -> dict[str, int]:
    """Rows of each table as the folder's expected.md says, of the files that are there."""
    table = re.findall(r"^\| (\w+) \| (\w+\.csv) \| (\d+) \|", (folder / "expected.md").read_text(), re.M)
    return {f"{p}/{name}": int(rows) for p, name, rows in table if (folder / p / name).is_file()}


def test_connectors_landing_tables_load_or_are_named_as_not_used(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    folder = shared_data("fivetran_seeds")
    result = load(folder, warehouse, settings=Settings(), mapping=None)
    assert result.quarantined == 0
    found = {file.path: file for file in result.files}
    for path, rows in expected_rows(folder).items():
        vendor, name = path.split("/")
        plain = re.sub("^(sf|marketo|pardot)_|_data.*$", "", name)
        if plain in NOT_USED:
            assert found[path].vendor is None, path
        else:
            assert (found[path].vendor, found[path].loaded) == (vendor, rows), path


def test_a_table_per_activity_type_becomes_rows_of_one_table(warehouse: duckdb.DuckDBPyConnection) -> None:
    load(shared_data("fivetran_seeds") / "marketo", warehouse, settings=Settings(), mapping=None)
    rows = warehouse.execute(
        "SELECT activityTypeId, count(*), count(DISTINCT leadId) FROM raw.marketo_activity"
        " GROUP BY 1 ORDER BY activityTypeId::INT"
    ).fetchall()
    assert rows == [
        ("6", 100, 100), ("7", 100, 100), ("8", 100, 100), ("9", 100, 98), ("10", 100, 98),
        ("11", 100, 6), ("13", 100, 84), ("29", 31, 31), ("32", 100, 94),
    ]  # fmt: skip
    keys = warehouse.execute(
        "SELECT DISTINCT unnest(json_keys(attributes)) FROM raw.marketo_activity"
        " WHERE activityTypeId IN ('13', '32')"
    ).fetchall()
    assert {"Old Value", "New Value", "Reason", "Source", "Merge IDs"} <= {key for (key,) in keys}
    changed = warehouse.execute(
        "SELECT count(*) FROM raw.marketo_activity"
        " WHERE primaryAttributeValue = 'Demographic Score Marketing'"
    ).fetchone()
    assert changed == (21,)


def test_hubspots_default_export_is_known_by_its_old_labels() -> None:
    text = (shared_data("hubspot_export_header") / "expected.md").read_text()
    labels = re.findall(r"`([^`]+)`", text.split("exact spelling:")[1].split("API property names")[0])
    match = recognise(labels).match
    assert match is not None
    assert match.profile.table == "hubspot_contact"
    assert {labels[index] for index in match.unknown} - {"Record ID"} == {
        "Associated Deals",
        "Associated Company",
    }
