"""Files are known by what their header says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import DataError
from orchestration.loading import LoadResult
from orchestration.loading.profiles import PROFILES
from orchestration.loading.recognition import recognise
from tests.orchestration.loading.conftest import lead_lines

Loaded = Callable[..., LoadResult]

REPORT = [
    "Lead ID",
    "First Name",
    "Last Name",
    "Company / Account",
    "Lead Source",
    "Lead Status",
    "Create Date",
]


def named(header: list[str]) -> str:
    match = recognise(header).match
    return f"{match.profile.vendor} {match.profile.object}" if match else "none"


@pytest.mark.parametrize("profile", [p for p in PROFILES if p.signature], ids=lambda p: p.table)
def test_every_object_is_recognised_by_its_own_columns_in_any_case(profile) -> None:
    assert named(list(profile.columns)) == f"{profile.vendor} {profile.object}"
    assert named([name.lower() for name in profile.columns]) == f"{profile.vendor} {profile.object}"


def test_report_labels_mean_the_same_as_api_names() -> None:
    match = recognise(REPORT).match
    assert match is not None
    assert match.profile.table == "salesforce_lead"
    assert set(match.positions) == {
        "Id", "FirstName", "LastName", "Company", "LeadSource", "Status", "CreatedDate",
    }  # fmt: skip


def test_an_api_name_outranks_a_label_that_stands_before_it() -> None:
    match = recognise(["Lead Status", "Status", "Id", "Company", "IsConverted"]).match
    assert match is not None
    assert match.positions["Status"] == 1
    assert match.repeated == ("Lead Status",)


def test_users_are_not_taken_for_contacts() -> None:
    assert named(["Id", "Username", "FirstName", "LastName", "Email", "TimeZoneSidKey"]) == "none"


def test_an_unknown_header_names_the_nearest_object_and_what_it_lacks() -> None:
    problem = recognise(["Id", "CampaignId", "Status"]).problem
    assert problem is not None
    assert "salesforce campaign_member" in problem
    assert "HasResponded" in problem


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiter_byte_order_mark_and_line_ends_make_no_difference(
    delimiter: str, start: str, newline: str, extracts: Path, loaded: Loaded
) -> None:
    text = start + lead_lines(3).replace(",", delimiter).replace("\n", newline)
    (extracts / "whatever.csv").write_bytes(text.encode())
    (file,) = loaded().files
    assert (file.vendor, file.object, file.records, file.loaded) == ("salesforce", "lead", 3, 3)


def test_quotes_blanks_and_names_of_sql_in_headers_are_only_names(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    nasty = 'x"); DROP TABLE raw.salesforce_lead; --'
    header = '" Id ","STATUS",Company,"' + nasty.replace('"', '""') + "\",'; DELETE,$p0\n"
    path = extracts / 'it\'s "one" [file]*; DROP.csv'
    path.write_text(header + "00Q5g0000000001,Open,Acme,1,2,3\n00Q5g0000000002,Open,Acme,,,\n")
    (file,) = loaded().files
    assert (file.object, file.loaded) == ("lead", 2)
    rows = warehouse.execute("SELECT Id, _extra, _file FROM raw.salesforce_lead ORDER BY _record").fetchall()
    assert rows[0][0] == "00Q5g0000000001EAA"
    found = warehouse.execute(
        "SELECT json_keys(_extra) FROM raw.salesforce_lead WHERE _record = 1"
    ).fetchone()
    assert found == ([nasty, "'; DELETE", "$p0"],)
    assert rows[1][1] is None
    assert rows[0][2] == path.name


def test_a_file_without_its_key_is_refused_and_the_others_load(extracts: Path, loaded: Loaded) -> None:
    (extracts / "a.csv").write_text(lead_lines(2))
    (extracts / "b.csv").write_text("Name,Company,Email,Status,IsConverted\nAnn,Acme,a@b.c,Open,0\n")
    first, second = loaded().files
    assert (first.loaded, second.loaded, second.vendor) == (2, 0, None)
    assert "without its key column Id" in second.problems[0]


def test_a_folder_without_one_known_file_is_an_error_that_says_why(extracts: Path, loaded: Loaded) -> None:
    (extracts / "notes.md").write_text("hello")
    (extracts / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"None of the 2 files.*notes\.md"):
        loaded()


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("Id,OpportunityId,StageName,Amount", "salesforce opportunity_history"),
        ("id,opportunity_id,stage_name,amount,_fivetran_deleted", "salesforce opportunity_history"),
        ("id,lead_id,field,old_value,new_value,created_date", "salesforce lead_history"),
        ("Lead ID,Field / Event,Old Value,New Value,Edit Date,Edited By", "salesforce lead_history"),
        ("From Stage,To Stage,Last Modified,Stage Duration,Opportunity ID,Opportunity Name,Stage,Amount",
         "salesforce opportunity_history"),
        ("Opportunity ID,Opportunity Name,Stage,Amount,Close Date", "salesforce opportunity"),
        ("marketoGUID,leadId,activityDate,activityTypeId,new_value,old_value", "marketo activity"),
        ("id,lead_id,activity_date,merge_ids,master_updated", "marketo activity"),
        ("Record ID,First Name,Last Name,Email,Lifecycle Stage", "hubspot contact"),
        ("hs_object_id,email,firstname,lastname,createdate,lifecyclestage", "hubspot contact"),
        ("id,createdAt,updatedAt,archived,properties_email,properties_lifecyclestage", "hubspot contact"),
        ("Record ID,Company name,Company Domain Name,Create Date,Lifecycle Stage", "hubspot company"),
        ("Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date", "hubspot deal"),
        ("vid,property,value,timestamp,source-type,source-id", "hubspot contact_property_history"),
        ("dealId,property,value,timestamp,sourceType", "hubspot deal_property_history"),
        ("First Name,Last Name,Email,Score,Grade,Id,Created Date", "pardot prospect"),
        ("Id,CaseNumber,ContactId,Status,Priority,Subject", "none"),
    ],
)  # fmt: skip
def test_other_spellings_and_tools_are_recognised(header: str, table: str) -> None:
    assert named(header.split(",")) == table


@pytest.mark.parametrize(
    ("property_name", "table"),
    [("lifecyclestage", "hubspot contact_property_history"), ("dealstage", "hubspot deal_property_history")],
)
def test_histories_with_one_header_are_told_apart_by_what_they_hold(property_name: str, table: str) -> None:
    match = recognise(["Record ID", "Property", "Value", "Timestamp"], sample={1: [property_name]}).match
    assert match is not None
    assert f"{match.profile.vendor} {match.profile.object}" == table
    assert recognise(["Record ID", "Property", "Value", "Timestamp"]).match is None


def test_stages_of_the_portals_own_are_gathered_by_their_label(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "deals.csv").write_text(
        'Record ID,Deal Name,Deal Stage,"Date entered ""Won (Sales)""",Merged Deal IDs\n'
        "1,A,Won,2026-03-04 10:00,7;8\n2,B,Open,,\n3,C,Open,soon,\n"
    )
    (file,) = loaded(source_time_zone="Europe/Berlin").files
    assert (file.object, file.loaded, file.quarantined) == ("deal", 2, 1)
    rows = warehouse.execute(
        "SELECT stage_dates, hs_merged_object_ids FROM raw.hubspot_deal ORDER BY _record"
    )
    assert rows.fetchall() == [('{"Won (Sales)":"2026-03-04 09:00:00"}', "7;8"), (None, None)]


def test_records_of_a_history_report_get_an_id_of_what_they_say(
    extracts: Path, loaded: Loaded, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (extracts / "history.csv").write_text(
        "Lead ID,Field / Event,Old Value,New Value,Edit Date\n"
        "00Q000000000001,Status,New,MQL,2026-03-14 10:00\n00Q000000000001,Status,MQL,SQL,2026-03-14 10:00\n"
    )
    assert loaded().loaded == 2
    ids = warehouse.execute(
        "SELECT count(DISTINCT Id), min(LeadId) FROM raw.salesforce_lead_history"
    ).fetchone()
    assert ids == (2, "00Q000000000001EAA")
