"""HubSpot extracts of a sample world: one story with their truth, in HubSpot's forms."""

# ruff: noqa: S608  (queries on tables of our own making)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.sample import SampleSummary, generate

LEADS, END = 4_000, "TIMESTAMP '2026-07-06'"
MQL = 'Date entered "Marketing Qualified Lead (Lifecycle Stage Pipeline)"'


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return generate(tmp_path_factory.mktemp("portal"), leads=LEADS, seed=7, vendor="hubspot")


@pytest.fixture(scope="module")
def hs(portal: SampleSummary) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every file as a table of its name, truth_<file>, and all e-mail events as email_events."""
    with duckdb.connect() as connection:
        for system, prefix in (("hubspot", ""), ("truth", "truth_")):
            for path in sorted((portal.folder / system).glob("*.csv")):
                connection.execute(
                    f"CREATE TABLE {prefix}{path.stem} AS"
                    f" SELECT * FROM read_csv('{path}', sample_size = -1, quote = '\"', escape = '\"')"
                )
        events = f"{portal.folder}/hubspot/email_events_*.csv"
        connection.execute(f"CREATE TABLE email_events AS FROM read_csv('{events}')")
        connection.execute(f"""
            CREATE VIEW numbered AS SELECT *, ("Record ID" - 51) // 50 AS number FROM contacts;
            CREATE VIEW undated AS SELECT "Record ID" AS id FROM contacts
                ANTI JOIN contact_property_history ON contact_id = "Record ID";
            CREATE VIEW alive AS SELECT * FROM truth_mqls WHERE mql_at < {END};
        """)
        yield connection


def _count(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = db.execute(f"SELECT count(*) FROM {sql}").fetchone()
    assert row is not None
    return int(row[0])


def _same(db: duckdb.DuckDBPyConnection, one: str, other: str) -> None:
    """Two queries give the same rows, equally often, and more than none."""
    assert _count(db, f"({one})") > 0
    assert db.execute(f"({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})").fetchall() == []


def test_the_history_marks_the_mqls_of_the_truth_and_the_record_those_without_history(
    hs: duckdb.DuckDBPyConnection,
) -> None:
    _same(
        hs,
        """SELECT contact_id, "timestamp" FROM contact_property_history
           WHERE name = 'lifecyclestage' AND value = 'marketingqualifiedlead'""",
        "SELECT hubspot_contact_id, mql_at FROM alive ANTI JOIN undated ON id = hubspot_contact_id",
    )
    _same(
        hs,
        f"""SELECT id, "{MQL.replace('"', '""')}" FROM undated JOIN contacts ON id = "Record ID"
            WHERE "{MQL.replace('"', '""')}" IS NOT NULL""",
        """SELECT hubspot_contact_id, date_trunc('minute', mql_at) FROM alive
           JOIN undated ON id = hubspot_contact_id""",
    )


@pytest.mark.parametrize(
    ("name", "value", "column"),
    [
        ("lifecyclestage", "salesqualifiedlead", "sql_at"),
        ("hs_lead_status", "UNQUALIFIED", "disqualified_at"),
        ("hs_lead_status", "BAD_TIMING", "recycled_at"),
    ],
)
def test_the_history_tells_what_sales_made_of_them(
    hs: duckdb.DuckDBPyConnection, name: str, value: str, column: str
) -> None:
    bypasses = f"UNION ALL SELECT hubspot_contact_id, sql_at FROM truth_bypasses WHERE sql_at < {END}"
    _same(
        hs,
        f"""SELECT contact_id, "timestamp" FROM contact_property_history
            WHERE name = '{name}' AND value = '{value}'""",
        f"""SELECT * FROM (SELECT hubspot_contact_id, {column} FROM alive WHERE {column} < {END}
                {bypasses if column == "sql_at" else ""}) ANTI JOIN undated ON id = hubspot_contact_id""",
    )


def test_a_stage_goes_back_only_after_it_was_cleared(hs: duckdb.DuckDBPyConnection) -> None:
    rank = """list_position(['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead',
                             'opportunity', 'customer'], value)"""
    hs.execute(f"""
        CREATE OR REPLACE TEMP VIEW steps AS
        SELECT value, {rank} AS rank, lag({rank}) OVER each AS before, lag(value) OVER each AS cleared
        FROM contact_property_history WHERE name = 'lifecyclestage'
        WINDOW each AS (PARTITION BY contact_id ORDER BY "timestamp")
    """)
    assert _count(hs, "steps WHERE rank <= before") == 0
    assert _count(hs, "steps WHERE value IS NULL") == _count(
        hs, "contact_property_history WHERE value = 'BAD_TIMING'"
    )
    assert _count(hs, "steps WHERE before IS NULL AND value <> 'lead' AND value <> 'subscriber'") == 0


def test_the_current_stage_is_the_last_of_the_history(hs: duckdb.DuckDBPyConnection) -> None:
    for label, name in (("Lifecycle Stage", "lifecyclestage"), ("Lead Status", "hs_lead_status")):
        _same(
            hs,
            f"""SELECT contact_id, replace(lower(arg_max(value, "timestamp")), '_', '')
                FROM contact_property_history WHERE name = '{name}' GROUP BY contact_id""",
            f"""SELECT "Record ID", replace(lower("{label}"), ' ', '') FROM contacts
                ANTI JOIN undated ON id = "Record ID" WHERE "{label}" IS NOT NULL""",
        )
    _same(
        hs,
        """SELECT contact_id, arg_max(value, "timestamp")::INTEGER FROM contact_property_history
           WHERE name = 'hubspotscore' GROUP BY contact_id""",
        """SELECT "Record ID", "HubSpot Score" FROM contacts ANTI JOIN undated ON id = "Record ID"
           WHERE "HubSpot Score" IS NOT NULL""",
    )


def test_contacts_without_history_are_those_the_truth_names(hs: duckdb.DuckDBPyConnection) -> None:
    _same(
        hs,
        "SELECT id FROM undated",
        """SELECT "Record ID" FROM numbered WHERE number % 20 = 11
           AND "Record ID" NOT IN (SELECT hubspot_contact_id FROM truth_mqls WHERE recycled_at < """
        + END
        + ")",
    )


def test_no_property_has_more_revisions_than_hubspot_keeps(
    hs: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table, key, most in (
        ("contact_property_history", "contact_id", 45),
        ("deal_property_history", "deal_id", 20),
    ):
        revisions = f"(SELECT count(*) AS n FROM {table} GROUP BY {key}, name)"
        assert _count(hs, f"{revisions} WHERE n > {most}") == 0
    # Where there are more, the newest stay.
    assert _count(
        hs, "(SELECT 1 FROM contact_property_history GROUP BY contact_id, name HAVING count(*) > 9)"
    )
    monkeypatch.setattr("orchestration.sample.hubspot_history.CONTACT_REVISIONS", 3)
    generate(tmp_path, leads=LEADS, seed=7, vendor="hubspot")
    path = tmp_path / "hubspot" / "contact_property_history.csv"
    hs.execute(f"CREATE OR REPLACE TEMP TABLE short AS FROM read_csv('{path}', sample_size = -1)")
    _same(
        hs,
        'SELECT contact_id, name, "timestamp", value FROM short',
        """SELECT contact_id, name, "timestamp", value FROM contact_property_history
           QUALIFY row_number() OVER (PARTITION BY contact_id, name ORDER BY "timestamp" DESC) <= 3""",
    )


def test_merged_records_are_ids_of_the_contact_that_stays(hs: duckdb.DuckDBPyConnection) -> None:
    listed = """SELECT "Record ID" AS stays, unnest(string_split("Merged Contact IDs"::VARCHAR, ';'))::BIGINT
                    AS gone FROM contacts WHERE "Merged Contact IDs" IS NOT NULL"""
    _same(hs, listed, "SELECT canonical_vid, vid_to_merge FROM contact_merges")
    _same(hs, listed, "SELECT merged_into, hubspot_contact_id FROM truth_leads WHERE merged_into IS NOT NULL")
    assert _count(hs, "contacts") + _count(hs, "contact_merges") == LEADS
    assert _count(hs, """contacts WHERE "Merged Contact IDs"::VARCHAR LIKE '%;%'""") > 0
    assert _count(hs, """contacts SEMI JOIN contact_merges ON "Record ID" = vid_to_merge""") == 0


def test_nothing_happens_to_a_record_that_was_merged_away(hs: duckdb.DuckDBPyConnection) -> None:
    for table, key in (
        ("form_submissions", "contact_id"),
        ("contact_property_history", "contact_id"),
        ("engagement_contacts", "contact_id"),
        ("deals", '"Associated Contact IDs"'),
    ):
        unknown = f'{table} ANTI JOIN contacts c ON c."Record ID" = {key} WHERE {key} IS NOT NULL'
        assert _count(hs, table) > 0
        assert _count(hs, unknown) == 0, table
    assert _count(hs, 'email_events ANTI JOIN contacts ON "Email" = recipient') == 0


def test_an_address_belongs_to_one_contact(hs: duckdb.DuckDBPyConnection) -> None:
    assert _count(hs, "contacts") == _count(hs, '(SELECT DISTINCT lower("Email") FROM contacts)')
    assert _count(hs, 'contacts WHERE "Email" <> lower("Email") OR "Email" NOT LIKE \'%.example\'') == 0


def test_deals_are_those_of_the_truth(hs: duckdb.DuckDBPyConnection, portal: SampleSummary) -> None:
    _same(
        hs,
        """SELECT "Record ID", "Is Closed Won", "Associated Contact IDs", "Amount", "Create Date",
               CASE WHEN "Is Closed Won" OR "Is closed lost" THEN "Close Date" END FROM deals""",
        """SELECT hubspot_deal_id, is_won, CASE WHEN has_contact THEN hubspot_contact_id END, amount,
               date_trunc('minute', created_at), date_trunc('minute', closed_at) FROM truth_deals""",
    )
    _same(
        hs,
        """SELECT deal_id, "timestamp" FROM deal_property_history
           WHERE name = 'dealstage' AND value = 'closedwon'""",
        "SELECT hubspot_deal_id, closed_at FROM truth_deals WHERE is_won",
    )
    assert _count(hs, "truth_deals WHERE is_won") == portal.customers
    assert _count(hs, "truth_deals") == portal.opportunities
    _same(
        hs,
        """SELECT "Record ID" FROM contacts WHERE "Lifecycle Stage" = 'Customer'""",
        "SELECT hubspot_contact_id FROM truth_deals WHERE is_won AND has_contact",
    )


def test_activities_are_told_once(hs: duckdb.DuckDBPyConnection, portal: SampleSummary) -> None:
    keys = {"email_events": "id", "form_submissions": "conversion_id", "engagements": "id"}
    assert sum(_count(hs, table) for table in keys) == portal.activities
    for table, key in keys.items():
        assert _count(hs, table) == _count(hs, f"(SELECT DISTINCT {key} FROM {table})") > 0
    assert _count(hs, "engagements e JOIN engagement_contacts c ON c.engagement_id = e.id") == _count(
        hs, "engagements"
    )
    sent = "SELECT id FROM email_events WHERE type = 'SENT'"
    assert _count(hs, f"email_events WHERE type <> 'SENT' AND sentById NOT IN ({sent})") == 0


def test_hubspot_sees_through_half_of_the_machines_and_through_no_human(
    hs: duckdb.DuckDBPyConnection,
) -> None:
    machines = """email_events e JOIN email_events d ON d.type = 'DELIVERED' AND d.sentById = e.sentById
                  WHERE e.type IN ('OPEN', 'CLICK') AND e.created <= d.created + 10000"""
    assert 0.35 < _count(hs, f"{machines} AND e.filteredEvent") / _count(hs, machines) < 0.65
    assert _count(hs, "email_events WHERE filteredEvent") == _count(hs, f"{machines} AND e.filteredEvent")


def test_nothing_is_recorded_after_the_end_of_the_world(hs: duckdb.DuckDBPyConnection) -> None:
    columns = hs.execute("""
        SELECT table_name, column_name FROM information_schema.columns
        WHERE data_type LIKE 'TIMESTAMP%' AND table_name NOT LIKE 'truth%'
            AND column_name NOT IN ('hs_timestamp', 'Close Date') AND table_schema = 'main'
            AND table_name NOT IN ('alive', 'short')
    """).fetchall()
    assert len(columns) > 15
    for table, column in columns:
        name = column.replace('"', '""')
        assert _count(hs, f'{table} WHERE "{name}" >= {END} OR "{name}" < TIMESTAMP \'2025-01-01\'') == 0, (
            column
        )
    assert _count(hs, f"email_events WHERE make_timestamp(created * 1000) >= {END}") == 0
    assert _count(hs, f"engagements WHERE type <> 'MEETING' AND hs_timestamp >= {END}") == 0
