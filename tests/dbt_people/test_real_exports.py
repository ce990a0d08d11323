"""Landing tables of HubSpot and Pardot as a connector writes them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import pytest

from tests.building import Built, shared_data


@pytest.fixture(scope="module")
def seeds() -> Path:
    return shared_data("fivetran_seeds")


@pytest.fixture(scope="module")
def people(
    people_of: Callable[[Path], Built], seeds: Path, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    extracts = tmp_path_factory.mktemp("extracts")
    for vendor in ("hubspot", "pardot"):
        shutil.copytree(seeds / vendor, extracts / vendor)
    return people_of(extracts)


def records(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def leads(people: Built, vendor: str) -> list[tuple[str, list[str]]]:
    return [
        (lead, keys)
        for lead, keys in people.rows("SELECT lead_id, source_ids FROM intermediate.int_leads")
        if keys[0].startswith(f"{vendor}:")
    ]


def test_every_record_is_a_person(people: Built, seeds: Path) -> None:
    assert people.rows(
        "SELECT record_type, count(*) FROM intermediate.int_lead_records GROUP BY ALL ORDER BY ALL"
    ) == [
        ("hubspot_contact", len(records(seeds / "hubspot" / "contact_data.csv"))),
        ("pardot_prospect", len(records(seeds / "pardot" / "pardot_prospect_data.csv"))),
    ]


def test_the_merged_hubspot_contacts_are_one_lead_named_after_the_oldest(people: Built, seeds: Path) -> None:
    contacts = records(seeds / "hubspot" / "contact_data.csv")
    (merged,) = [row for row in contacts if row["property_hs_merged_object_ids"]]
    ids = [merged["id"], *merged["property_hs_merged_object_ids"].split(";")]
    assert len(ids) == 4
    oldest = min((row for row in contacts if row["id"] in ids), key=lambda row: row["property_createdate"])[
        "id"
    ]
    lead = "l_" + md5(f"hubspot:contact:{oldest}".encode(), usedforsecurity=False).hexdigest()[:16]
    found = leads(people, "hubspot")
    assert (lead, sorted(f"hubspot:contact:{contact}" for contact in ids)) in found
    assert len(found) == len(contacts) - 3 == 19


def test_prospects_of_one_salesforce_contact_are_one_lead_and_deleted_ones_are_none(
    people: Built, seeds: Path
) -> None:
    prospects = records(seeds / "pardot" / "pardot_prospect_data.csv")
    assert all(row["crm_contact_fid"] and not row["crm_lead_fid"] for row in prospects)
    alive = {row["crm_contact_fid"] for row in prospects if row["_fivetran_deleted"] == "false"}
    assert len(leads(people, "pardot")) == len(alive)


def test_contacts_without_logged_changes_have_one_reconstructed_period(people: Built) -> None:
    assert people.rows(
        "SELECT count(*), count(DISTINCT h.lead_id), bool_and(is_reconstructed), count(valid_to)"
        " FROM bandpass.marts.dim_lead_history AS h"
        " INNER JOIN intermediate.int_leads AS l ON h.lead_id = l.lead_id"
        " WHERE len(source_ids) = 1 AND source_ids[1] LIKE 'hubspot:%'"
    ) == [(18, 18, True, 0)]


def test_companies_are_accounts(people: Built, seeds: Path) -> None:
    companies = records(seeds / "hubspot" / "company_data.csv")
    kept = sum(row["is_deleted"] == "false" for row in companies)
    assert people.rows("SELECT count(*) FROM intermediate.int_accounts") == [(kept,)]
