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
