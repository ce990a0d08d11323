"""Real extracts written by others, with the counts of their `expected.md`."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.loading import LoadResult, load
from orchestration.settings import Settings
from tests.orchestration.loading.conftest import shared_data


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
