"""What the shipped models say of HubSpot extracts of a sample world, against the truth they never read."""

# ruff: noqa: S608  (queries on tables of our own making)

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from orchestration.sample import SampleSummary, generate
from orchestration.settings import Settings
from tests.building import build_extracts

LEADS, WEEKS, AS_OF = 1_500, 60, date(2026, 3, 1)
END = "TIMESTAMP '2026-03-02'"
MODELS = ("fct_mql_episodes", "fct_lifecycle_events", "fct_opportunities", "fct_activities", "dim_leads")


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return generate(tmp_path_factory.mktemp("portal"), leads=LEADS, weeks=WEEKS, seed=11, vendor="hubspot")


@pytest.fixture(scope="session")
def db(
    portal: SampleSummary, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The core marts (as `marts.…`) and the truth (as truth_<file>), both by contact."""
    folder = tmp_path_factory.mktemp("hubspot-marts")
    marts = build_extracts(portal.folder, folder, *MODELS, as_of=AS_OF, deep_tests=False).marts
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{marts}' AS bandpass (READ_ONLY)")
        for path in sorted(portal.truth.glob("*.csv")):
            connection.execute(f"CREATE TABLE truth_{path.stem} AS FROM read_csv('{path}', sample_size = -1)")
        history = portal.folder / "hubspot" / "contact_property_history.csv"
        connection.execute(f"""
            CREATE TABLE logged AS SELECT DISTINCT contact_id AS contact FROM '{history}';
            CREATE TABLE leads AS
            SELECT lead_id, split_part(unnest(source_ids), ':', 3)::BIGINT AS contact
            FROM bandpass.marts.dim_leads;
            CREATE TABLE contacts AS
            FROM leads WHERE contact NOT IN (SELECT vid_to_merge FROM
                '{portal.folder}/hubspot/contact_merges.csv');
            CREATE TABLE episodes AS FROM bandpass.marts.fct_mql_episodes JOIN contacts USING (lead_id);
            CREATE TABLE entries AS FROM bandpass.marts.fct_lifecycle_events JOIN contacts USING (lead_id);
            CREATE TABLE done AS
            SELECT split_part(activity_id, ':', 2) AS source, *
            FROM bandpass.marts.fct_activities JOIN contacts USING (lead_id);
            CREATE TABLE events AS
            SELECT "Record ID" AS contact, make_timestamp(created * 1000) AS occurred_at, e.*
            FROM '{portal.folder}/hubspot/email_events_*.csv' e
            JOIN '{portal.folder}/hubspot/contacts.csv' ON "Email" = recipient;
            CREATE TABLE submissions AS FROM '{portal.folder}/hubspot/form_submissions.csv';
            CREATE TABLE engaged AS
            FROM '{portal.folder}/hubspot/engagement_contacts.csv' c
            JOIN '{portal.folder}/hubspot/engagements.csv' e ON e.id = engagement_id;
            CREATE TABLE marked AS FROM truth_mqls WHERE NOT is_excluded;
        """)
        yield connection


def _same(db: duckdb.DuckDBPyConnection, found: str, true: str) -> None:
    """Two queries give the same rows, equally often, and more than none."""
    rows = db.execute(found).fetchall()
    assert rows
    surplus = db.execute(f"{found} EXCEPT ALL {true}").fetchall()
    lacking = db.execute(f"{true} EXCEPT ALL {found}").fetchall()
    assert (surplus, lacking) == ([], [])


def _minute(column: str) -> str:
    return f"date_trunc('minute', {column}) AS {column.split('.')[-1]}"


def test_every_human_is_one_lead(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        "SELECT contact FROM contacts",
        "SELECT hubspot_contact_id FROM truth_leads WHERE merged_into IS NULL",
    )
    [(leads, humans)] = db.execute(
        """SELECT (SELECT count(*) FROM bandpass.marts.dim_leads),
            (SELECT count(DISTINCT person) FROM truth_leads)"""
    ).fetchall()
    assert leads == humans < LEADS


def test_every_true_mql_is_an_episode_and_nothing_else_is(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        f"SELECT contact, episode_number, {_minute('mql_at')}, qualified_by FROM episodes",
        f"SELECT hubspot_contact_id, episode, {_minute('mql_at')}, 'recorded' FROM marked",
    )
    assert db.execute("SELECT count(*) FROM episodes WHERE episode_number > 1").fetchall() > [(10,)]


def test_an_mql_in_the_history_is_known_to_the_second(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        "SELECT contact, mql_at FROM episodes SEMI JOIN logged USING (contact)",
        "SELECT hubspot_contact_id, mql_at FROM marked SEMI JOIN logged ON contact = hubspot_contact_id",
    )


@pytest.mark.parametrize("column", ["sql_at", "disqualified_at", "recycled_at"])
def test_what_sales_made_of_an_mql_is_the_truth_up_to_the_as_of_day(
    db: duckdb.DuckDBPyConnection, column: str
) -> None:
    _same(
        db,
        f"SELECT contact, episode_number, {_minute(column)} FROM episodes WHERE {column} IS NOT NULL",
        f"SELECT hubspot_contact_id, episode, {_minute(column)} FROM marked WHERE {column} < {END}",
    )


def test_the_outcome_of_an_episode_is_that_of_the_truth(db: duckdb.DuckDBPyConnection) -> None:
    horizon = Settings().horizon_days.mql_to_sql
    late = f"mql_at + INTERVAL {horizon} DAY"
    _same(
        db,
        "SELECT contact, episode_number, outcome FROM episodes",
        f"""SELECT hubspot_contact_id, episode,
                CASE WHEN sql_at < {END} THEN 'sql'
                     WHEN disqualified_at < {END} AND disqualified_at <= {late} THEN 'disqualified'
                     WHEN recycled_at < {END} AND recycled_at <= {late} THEN 'recycled'
                     WHEN {late} < {END} THEN 'expired' ELSE 'open' END
            FROM marked""",
    )


def test_every_sql_is_the_truth_with_those_that_were_never_mql(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        f"SELECT contact, {_minute('entered_at')} FROM entries WHERE stage = 'sql'",
        f"""SELECT hubspot_contact_id, {_minute("sql_at")} FROM
            (SELECT hubspot_contact_id, sql_at FROM truth_mqls
             UNION ALL SELECT hubspot_contact_id, sql_at FROM truth_bypasses) WHERE sql_at < {END}""",
    )
    assert db.execute(f"SELECT count(*) FROM truth_bypasses WHERE sql_at < {END}").fetchall() > [(0,)]


def test_competitors_are_marked_but_no_episode(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        "SELECT contact FROM entries WHERE stage = 'mql' AND contact NOT IN (SELECT contact FROM episodes)",
        "SELECT hubspot_contact_id FROM truth_mqls WHERE is_excluded",
    )


def test_deals_are_won_and_lost_by_the_leads_of_the_truth(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        f"""SELECT split_part(opportunity_id, ':', 3)::BIGINT, contact, amount, coalesce(is_won, false),
                {_minute("closed_at")}
            FROM bandpass.marts.fct_opportunities LEFT JOIN contacts USING (lead_id)""",
        f"""SELECT hubspot_deal_id, CASE WHEN has_contact THEN hubspot_contact_id END, amount, is_won,
                {_minute("closed_at")}
            FROM truth_deals""",
    )
    _same(
        db,
        "SELECT contact FROM entries WHERE stage = 'customer'",
        "SELECT hubspot_contact_id FROM truth_deals WHERE is_won AND has_contact",
    )


def test_the_channel_of_a_lead_is_the_traffic_source_that_hubspot_shows(
    db: duckdb.DuckDBPyConnection,
) -> None:
    _same(
        db,
        "SELECT contact, channel FROM bandpass.marts.dim_leads JOIN contacts USING (lead_id)",
        """SELECT hubspot_contact_id,
               CASE hubspot_source WHEN 'Referrals' THEN 'referral' WHEN 'Offline Sources' THEN 'offline'
                    ELSE replace(lower(hubspot_source), ' ', '_') END
           FROM truth_leads WHERE merged_into IS NULL""",
    )


@pytest.mark.parametrize(
    ("source", "extract"),
    [
        ("email_event", "SELECT contact, occurred_at FROM events"),
        ("form_submission", 'SELECT contact_id, "timestamp" FROM submissions'),
        ("engagement", "SELECT contact_id, hs_timestamp FROM engaged"),
    ],
)
def test_everything_a_contact_did_is_one_activity_of_its_lead(
    db: duckdb.DuckDBPyConnection, source: str, extract: str
) -> None:
    _same(db, f"SELECT contact, occurred_at FROM done WHERE source = '{source}'", extract)


def test_a_form_counts_as_what_it_is(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        "SELECT contact, occurred_at, activity_type FROM done WHERE source = 'form_submission'",
        """SELECT contact_id, "timestamp",
               CASE WHEN title IN ('Demo request', 'Contact us') THEN 'demo_request'
                    WHEN title LIKE 'Whitepaper%' THEN 'content_download'
                    WHEN title LIKE 'Webinar%' THEN 'webinar_registered' ELSE 'form_fill' END
           FROM submissions""",
    )


def test_machines_are_seen_through_whether_hubspot_saw_them_or_not(db: duckdb.DuckDBPyConnection) -> None:
    _same(
        db,
        "SELECT contact, occurred_at, activity_type FROM done WHERE is_bot",
        """SELECT e.contact, e.occurred_at, 'email_' || lower(e.type)
           FROM events e JOIN events d ON d.type = 'DELIVERED' AND d.sentById = e.sentById
           WHERE e.type IN ('OPEN', 'CLICK') AND e.created <= d.created + 10000""",
    )
