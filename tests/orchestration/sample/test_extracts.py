"""What the files look like, and that the two systems tell one story."""

# ruff: noqa: S608  (queries on tables of our own making)

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import UsageError
from orchestration.sample import SampleSummary, generate

ACTIVITY_HEADER = (
    "marketoGUID,leadId,activityDate,activityTypeId,campaignId,"
    "primaryAttributeValueId,primaryAttributeValue,attributes"
)
PREFIXES = {
    "account": "001", "contact": "003", "lead": "00Q", "leadhistory": "017", "opportunity": "006",
    "opportunityhistory": "008",
    "opportunitycontactrole": "00K", "campaign": "701", "campaignmember": "00v", "task": "00T",
}  # fmt: skip


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _count(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = db.execute(f"SELECT count(*) FROM {sql}").fetchone()
    assert row is not None
    return int(row[0])


def _suffix(id15: str) -> str:
    """The three check characters, straight from Salesforce's description."""
    blocks = (id15[0:5], id15[5:10], id15[10:15])
    return "".join(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[sum(1 << i for i, c in enumerate(block) if "A" <= c <= "Z")]
        for block in blocks
    )


@pytest.mark.parametrize("fmt", ["csv", "parquet", "jsonl"])
def test_same_arguments_give_the_same_bytes_also_over_an_earlier_world(tmp_path: Path, fmt: str) -> None:
    generate(tmp_path / "a", leads=300, weeks=20, seed=3, fmt=fmt)  # type: ignore[arg-type]
    generate(tmp_path / "b", leads=500, weeks=60, seed=4)
    generate(tmp_path / "b", leads=300, weeks=20, seed=3, fmt=fmt)  # type: ignore[arg-type]
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    generate(tmp_path / "a", leads=100, weeks=8, seed=1)
    generate(tmp_path / "b", leads=100, weeks=8, seed=2)
    assert _digest(tmp_path / "a")["salesforce/Lead.csv"] != _digest(tmp_path / "b")["salesforce/Lead.csv"]


def test_parquet_and_jsonl_hold_what_csv_holds(tmp_path: Path) -> None:
    for fmt in ("csv", "parquet", "jsonl"):
        generate(tmp_path / fmt, leads=200, weeks=12, fmt=fmt)
    types = ", ".join(f"{column}: 'VARCHAR'" for column in ACTIVITY_HEADER.split(","))
    name = "marketo/activities_2025_q1"
    texts = duckdb.sql(f"FROM read_csv('{tmp_path}/csv/{name}.csv', all_varchar = true, nullstr = 'null')")
    typed = duckdb.sql(f"SELECT COLUMNS(*)::VARCHAR FROM '{tmp_path}/parquet/{name}.parquet'")
    lines = duckdb.sql(f"FROM read_json('{tmp_path}/jsonl/{name}.jsonl', columns = {{{types}}})")
    assert texts.fetchall() == typed.fetchall() == lines.fetchall()


@pytest.mark.parametrize("weeks", [4, 5, 130])
def test_a_tiny_world_of_any_length_is_complete(tmp_path: Path, weeks: int) -> None:
    summary = generate(tmp_path, leads=50, weeks=weeks)
    assert len([name for name in summary.files if name.startswith("salesforce/")]) == 10
    assert {"marketo/leads.csv", "marketo/programs.csv", "marketo/program_members.csv"} <= set(summary.files)
    assert not list(tmp_path.glob(".sample-*"))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"leads": 49}, "50"),
        ({"weeks": 3}, "4"),
        ({"vendor": "pardot"}, "salesforce-marketo, hubspot"),
        ({"seed": -1}, "0"),
        ({"fmt": "xlsx"}, "csv"),
    ],
)
def test_wrong_arguments_are_refused_with_the_fix(
    tmp_path: Path, arguments: dict[str, object], word: str
) -> None:
    with pytest.raises(UsageError) as caught:
        generate(tmp_path / "out", **({"leads": 100} | arguments))  # type: ignore[arg-type]
    assert word in caught.value.fix
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", PREFIXES)
def test_salesforce_ids_are_unique_and_their_checksum_holds(db: duckdb.DuckDBPyConnection, name: str) -> None:
    ids = [row[0] for row in db.execute(f"SELECT Id FROM sf_{name}").fetchall()]
    assert len(set(ids)) == len(ids) > 0
    assert len({identity[:15] for identity in ids}) == len(ids)
    assert all(
        identity.startswith(PREFIXES[name]) and identity == identity[:15] + _suffix(identity[:15])
        for identity in ids
    )


@pytest.mark.parametrize(
    ("child", "key", "parent"),
    [
        ("sf_leadhistory", "LeadId", "sf_lead"),
        ("sf_lead", "MasterRecordId", "sf_lead"),
        ("sf_lead", "ConvertedContactId", "sf_contact"),
        ("sf_lead", "ConvertedAccountId", "sf_account"),
        ("sf_lead", "ConvertedOpportunityId", "sf_opportunity"),
        ("sf_contact", "AccountId", "sf_account"),
        ("sf_opportunity", "AccountId", "sf_account"),
        ("sf_opportunity", "CampaignId", "sf_campaign"),
        ("sf_opportunityhistory", "OpportunityId", "sf_opportunity"),
        ("sf_opportunitycontactrole", "ContactId", "sf_contact"),
        ("sf_opportunitycontactrole", "OpportunityId", "sf_opportunity"),
        ("sf_campaignmember", "LeadId", "sf_lead"),
        ("sf_campaignmember", "ContactId", "sf_contact"),
        ("sf_campaignmember", "CampaignId", "sf_campaign"),
        ("mkto_leads", "sfdcLeadId", "sf_lead"),
        ("mkto_leads", "sfdcContactId", "sf_contact"),
        ("mkto_leads", "sfdcAccountId", "sf_account"),
        ("mkto_programs", "sfdcId", "sf_campaign"),
    ],
)
def test_ids_join(db: duckdb.DuckDBPyConnection, child: str, key: str, parent: str) -> None:
    assert _count(db, f"{child} WHERE {key} IS NOT NULL") > 0
    assert _count(db, f"{child} c ANTI JOIN {parent} p ON p.Id = c.{key} WHERE c.{key} IS NOT NULL") == 0


def test_tasks_are_about_a_lead_or_a_contact(db: duckdb.DuckDBPyConnection) -> None:
    known = "(SELECT Id FROM sf_lead UNION ALL SELECT Id FROM sf_contact)"
    assert _count(db, f"sf_task t ANTI JOIN {known} w ON w.Id = t.WhoId") == 0
    assert _count(db, "sf_task WHERE WhoId LIKE '003%'") > 0
    assert _count(db, "sf_task WHERE WhoId LIKE '00Q%'") > 0


def test_both_systems_agree_on_the_person(db: duckdb.DuckDBPyConnection) -> None:
    pairs = "mkto_leads m JOIN sf_lead l ON l.Id = m.sfdcLeadId"
    assert _count(db, f"{pairs} WHERE lower(trim(l.Email)) <> m.email OR l.Status <> m.leadStatus") == 0
    unlinked = "mkto_leads m WHERE sfdcLeadId IS NULL"
    assert _count(db, unlinked) > 0
    assert _count(db, f"{unlinked} AND email NOT IN (SELECT lower(Email) FROM sf_lead)") == 0


def test_activities_belong_to_known_leads_and_have_the_exact_header(
    db: duckdb.DuckDBPyConnection, world: SampleSummary
) -> None:
    for path in (world.folder / "marketo").glob("activities_*.csv"):
        with path.open(encoding="utf-8") as lines:
            assert lines.readline().rstrip("\n") == ACTIVITY_HEADER
    assert _count(db, "mkto_activity a ANTI JOIN mkto_leads l ON l.id = a.leadId") == 0
    assert (
        _count(db, "mkto_activity")
        == world.activities
        == _count(db, "(SELECT DISTINCT marketoGUID FROM mkto_activity)")
    )


def test_attributes_are_json_with_the_vendors_keys(db: duckdb.DuckDBPyConnection) -> None:
    expected = {
        1: "Webpage URL",
        2: "Webpage ID",
        11: "Link",
        13: "New Value",
        22: "Change Value",
        32: "Merge IDs",
        104: "New Status",
    }
    found = db.execute("SELECT DISTINCT activityTypeId, attributes FROM mkto_activity").fetchall()
    assert {kind for kind, _ in found} == {1, 2, 6, 7, 8, 9, 10, 11, 12, 13, 22, 32, 104}
    for kind, text in found:
        attributes = json.loads(text)
        assert expected.get(kind, next(iter(attributes))) in attributes


def test_nothing_is_recorded_after_the_end_of_the_world(db: duckdb.DuckDBPyConnection) -> None:
    end = "TIMESTAMP '2026-07-06'"
    columns = db.execute("""
        SELECT table_name, column_name FROM information_schema.columns
        WHERE data_type LIKE 'TIMESTAMP%' AND table_name NOT LIKE 'truth%'
            AND table_name NOT LIKE 'mkto_activities%'
    """).fetchall()
    assert len(columns) > 20
    for table, column in columns:
        late = _count(
            db, f"{table} WHERE {column} > {end} + INTERVAL 1 MINUTE OR {column} < TIMESTAMP '2024-12-01'"
        )
        assert late == 0, (table, column)
    assert _count(db, f"sf_opportunity WHERE NOT IsClosed AND CloseDate <= {end}") == 0
    assert _count(db, f"sf_opportunity WHERE IsClosed AND CloseDate > {end}") == 0


def test_no_address_could_be_a_real_one(db: duckdb.DuckDBPyConnection) -> None:
    assert _count(db, "sf_lead WHERE lower(Email) NOT LIKE '%.example'") == 0


def test_a_world_made_in_several_chunks_is_whole_and_repeatable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.sample.generator.CHUNK", 400)
    summary = generate(tmp_path / "a", leads=1_000, weeks=30)
    generate(tmp_path / "b", leads=1_000, weeks=30)
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")
    leads = duckdb.sql(f"FROM '{tmp_path}/a/salesforce/Lead.csv'")
    assert leads.aggregate("count(*), count(DISTINCT Id), count(DISTINCT lower(Email)) > 900").fetchall() == [
        (1_000, 1_000, True)
    ]
    for name, key in (("salesforce/Task", "Id"), ("marketo/activities_*", "marketoGUID")):
        rows = duckdb.sql(f"FROM read_csv('{tmp_path}/a/{name}.csv', nullstr = 'null')")
        total, distinct = rows.aggregate(f"count(*), count(DISTINCT {key})").fetchall()[0]
        assert total == distinct > 500
    assert summary.activities > 10_000
