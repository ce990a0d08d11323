"""A small HubSpot portal as users export it: labels for headers, a property history, several extracts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import md5
from pathlib import Path

import pytest

from tests.building import Built

HEADER = (
    "Record ID,First Name,Last Name,Email,Job Title,Industry,Number of Employees,Original Traffic Source,"
    "First Touch Converting Campaign,Associated Company IDs,Merged Contact IDs,Salesforce Lead ID,"
    "Create Date,Last Modified Date,Lifecycle Stage\n"
)
EXTRACTS = {
    # 102 was merged into 101 afterwards; 103, too, but no extract ever held it.
    "contacts-march.csv": HEADER
    + """\
102,Ann,Old,a.old@acme.test,Assistant,,,Direct Traffic,,,,,2026-01-02 08:00,2026-02-01 10:00,Lead
104,Bob,Bolt,b@bolt.test,Engineer,,,Organic Search,Spring,700;701,,,2026-01-10 09:00,2026-02-01 10:00,Lead
107,One,Desk,info@acme.test,,,,,,,,,2026-01-12 09:00,2026-02-01 10:00,Lead
""",
    "contacts-july.csv": HEADER
    + """\
101,Ann,Acme,a@acme.test,Marketing Manager,,,Organic Search,,,102;103,,2026-01-05 09:00,2026-04-01 10:00,Lead
104,Bob,Bolt,b@bolt.test,CEO,,,Organic Search,Spring,700;701,,,2026-01-10 09:00,2026-07-10 10:00,Lead
105,Cy,Pair,pair@acme.test,,,,,,,,00QAA000001aaaaAAA,2026-01-11 09:00,2026-04-01 10:00,Lead
106,Di,Pair,pair@acme.test,,,,,,,,00QAA000001bbbbAAA,2026-01-11 09:30,2026-04-01 10:00,Lead
108,Two,Desk,info@acme.test,,,,,,,,,2026-01-12 09:30,2026-04-01 10:00,Lead
""",
    "contacts-april.csv": HEADER
    + """\
104,Bob,Bolt,b@bolt.test,CTO,Energy,,Organic Search,Spring,700;701,,,2026-01-10 09:00,2026-03-05 10:00,Lead
""",
    "companies.csv": """\
Record ID,Company name,Company Domain Name,Industry,Number of Employees,Create Date,Last Modified Date
700,Bolt,bolt.test,Software,90,2026-01-01 09:00,2026-01-01 09:00
""",
    # The e-mail was never changed; the title was, by label and by internal name.
    "contact-property-history.csv": """\
Contact ID,Property Name,Property Value,Change Date,Source Type
101,Job Title,Analyst,2026-01-05 09:00,FORM
101,jobtitle,Marketing Manager,2026-02-10 12:00,CRM_UI
101,Lifecycle Stage,lead,2026-01-05 09:00,FORM
""",
}


@pytest.fixture(scope="module")
def people(people_of: Callable[[Path], Built], tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("extracts")
    for name, text in EXTRACTS.items():
        (folder / name).write_text(text)
    return people_of(folder)


def lead_id(contact: str) -> str:
    return "l_" + md5(f"hubspot:contact:{contact}".encode(), usedforsecurity=False).hexdigest()[:16]


ANN, BOB = lead_id("102"), lead_id("104")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def history(people: Built, lead: str) -> list[tuple[object, ...]]:
    return people.rows(
        "SELECT valid_from, valid_to, title, seniority, industry, employee_count, channel, is_reconstructed"
        " FROM bandpass.marts.dim_lead_history WHERE lead_id = ? ORDER BY valid_from",
        lead,
    )


def test_merged_contacts_are_one_lead_named_after_the_oldest(people: Built) -> None:
    assert people.rows("SELECT source_ids FROM intermediate.int_leads WHERE lead_id = ?", ANN) == [
        (["hubspot:contact:101", "hubspot:contact:102"],)
    ]


def test_what_is_told_of_an_absorbed_contact_without_a_row_is_told_of_the_lead(people: Built) -> None:
    assert people.rows(
        "SELECT lead_id, reason FROM intermediate.int_lead_identity WHERE record_key = 'hubspot:contact:103'"
    ) == [(ANN, "merged")]


def test_one_address_with_contradicting_ids_and_a_shared_mailbox_stay_several_leads(people: Built) -> None:
    assert people.rows("SELECT lead_id FROM intermediate.int_leads ORDER BY ALL") == sorted(
        (lead_id(contact),) for contact in ("102", "104", "105", "106", "107", "108")
    )


def test_a_property_history_makes_the_history_of_a_lead(people: Built) -> None:
    assert history(people, ANN) == [
        # First there was only 102, which gives the first touch; 101, which stays, had a title at once.
        (
            at("2026-01-02T08:00"),
            at("2026-01-05T09:00"),
            "Assistant",
            "entry",
            None,
            None,
            "direct_traffic",
            True,
        ),
        (
            at("2026-01-05T09:00"),
            at("2026-02-10T12:00"),
            "Analyst",
            None,
            None,
            None,
            "direct_traffic",
            False,
        ),
        (at("2026-02-10T12:00"), None, "Marketing Manager", "manager", None, None, "direct_traffic", False),
    ]


def test_versions_of_a_contact_make_its_history_and_its_company_fills_gaps(people: Built) -> None:
    assert history(people, BOB) == [
        (
            at("2026-01-10T09:00"),
            at("2026-03-05T10:00"),
            "Engineer",
            None,
            "Software",
            90,
            "organic_search",
            True,
        ),
        (at("2026-03-05T10:00"), None, "CTO", "c_level", "Energy", 90, "organic_search", False),
    ]


def test_a_contact_names_its_company_and_its_first_campaign(people: Built) -> None:
    assert people.rows(
        "SELECT account_id, own_campaign_id, first_name FROM intermediate.int_leads WHERE lead_id = ?", BOB
    ) == [("700", "Spring", "Bob")]
    assert people.rows("SELECT account_id, name, domain FROM intermediate.int_accounts") == [
        ("700", "Bolt", "bolt.test")
    ]
