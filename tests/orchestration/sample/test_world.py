"""The statistics the sample world promises, and that its truth agrees with its extracts."""

# ruff: noqa: S608  (queries on tables of our own making)

from __future__ import annotations

import csv
import json

import duckdb
import numpy as np
import pytest
from scipy.stats import rankdata

from orchestration.sample import SampleSummary
from orchestration.sample.world import START, WEEK, World, chance, work_time

from .shipped_score import add_shipped_scores


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = db.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


def test_p_sql_rises_with_quality_and_is_not_logistic() -> None:
    quality = np.linspace(-3, 4, 200)
    p = chance(quality)
    assert (np.diff(p) >= 0).all()
    assert p[0] > 0.005
    assert p[-1] < 0.85
    slope = np.diff(np.log(p / (1 - p)))
    assert slope.max() > 5 * (slope[-20:].mean() + 1e-9)


def test_mqls_of_equal_time_are_ordered_by_quality(db: duckdb.DuckDBPyConnection) -> None:
    world = World(100, 78, 1)
    rows = db.execute(
        "SELECT epoch(mql_at)::BIGINT, quality, p_sql FROM truth_mqls WHERE NOT is_excluded"
    ).fetchall()
    at, quality, p_sql = (np.array(column) for column in zip(*rows, strict=True))
    np.testing.assert_allclose(p_sql, world.p_sql(quality, at), atol=1e-3)


def test_the_final_rate_drifts_down_and_breaks_once() -> None:
    world = World(100, 78, 1)
    rate = world.target_rate(START + np.arange(79) * WEEK)
    assert rate[0] == pytest.approx(0.245)
    assert rate[-1] == pytest.approx(0.15)
    assert int(np.argmin(np.diff(rate))) + 1 == world.regime_week == 50


def test_the_rates_are_as_stated(db: duckdb.DuckDBPyConnection) -> None:
    expected = "SELECT avg(p_sql) FROM truth_mqls WHERE NOT is_excluded"
    assert _one(db, expected) == pytest.approx(0.20, abs=0.025)
    assert _one(db, expected + " AND mql_at < TIMESTAMP '2025-05-01'") == pytest.approx(0.24, abs=0.04)
    assert _one(db, expected + " AND mql_at > TIMESTAMP '2026-04-01'") == pytest.approx(0.155, abs=0.03)
    realised = "SELECT avg((sql_at IS NOT NULL)::INTEGER) - avg(p_sql) FROM truth_mqls"
    assert abs(_one(db, realised)) < 0.03


def test_the_median_sql_comes_after_18_days(db: duckdb.DuckDBPyConnection) -> None:
    days = "SELECT median(epoch(sql_at - mql_at) / 86400) FROM truth_mqls WHERE sql_at IS NOT NULL"
    assert _one(db, days) == pytest.approx(18, abs=2.5)


def test_sales_works_office_hours(db: duckdb.DuckDBPyConnection) -> None:
    outside = "SELECT count(*) FROM truth_mqls WHERE isodow(sql_at) > 5 OR hour(sql_at) NOT BETWEEN 8 AND 17"
    assert _one(db, outside) == 0
    rng = np.random.default_rng(1)
    at = START + rng.integers(0, 20 * WEEK, 1000)
    assert (work_time(at, rng) >= at).all()


def test_a_believable_share_of_leads_becomes_mql_and_about_twenty_activities_each(
    db: duckdb.DuckDBPyConnection, world: SampleSummary
) -> None:
    assert 0.15 < world.mqls / world.leads < 0.40
    assert 14 < world.activities / world.leads < 26
    heavy = """SELECT quantile_cont(n, 0.99) / median(n)
               FROM (SELECT count(*) AS n FROM mkto_activity GROUP BY leadId)"""
    assert _one(db, heavy) > 3


def test_campaign_sizes_follow_a_power_law(db: duckdb.DuckDBPyConnection) -> None:
    sizes = [
        row[0]
        for row in db.execute(
            "SELECT count(*) FROM truth_leads WHERE campaign_id IS NOT NULL GROUP BY campaign_id"
        ).fetchall()
    ]
    assert 30 <= len(sizes) <= 45
    assert max(sizes) > 8 * np.median(sizes)


def test_truth_and_salesforce_tell_the_same_mqls_and_conversions(db: duckdb.DuckDBPyConnection) -> None:
    for field, value, column in (
        ("Status", "MQL", "mql_at"),
        ("Status", "Recycled", "recycled_at"),
        ("Status", "Unqualified", "disqualified_at"),
    ):
        history = (
            f"SELECT LeadId, CreatedDate FROM sf_leadhistory WHERE Field = '{field}' AND NewValue = '{value}'"
        )
        truth = f"SELECT salesforce_lead_id, {column} FROM truth_mqls WHERE {column} < TIMESTAMP '2026-07-06'"
        assert db.execute(f"({history} EXCEPT {truth}) UNION ALL ({truth} EXCEPT {history})").fetchall() == []
    converted = "SELECT LeadId, CreatedDate FROM sf_leadhistory WHERE Field = 'leadConverted'"
    sqls = """SELECT salesforce_lead_id, sql_at FROM truth_mqls WHERE sql_at < TIMESTAMP '2026-07-06'
              UNION ALL SELECT salesforce_lead_id, sql_at FROM truth_bypasses
                  WHERE sql_at < TIMESTAMP '2026-07-06'"""
    assert (
        db.execute(f"({converted} EXCEPT ({sqls})) UNION ALL (({sqls}) EXCEPT {converted})").fetchall() == []
    )
    assert (
        _one(db, "SELECT count(*) FROM sf_lead WHERE IsConverted")
        == _one(db, f"SELECT count(*) FROM ({converted})")
        > 0
    )
    assert _one(db, "SELECT count(*) FROM truth_bypasses") > 0


def test_channel_rates_follow_from_the_mqls(db: duckdb.DuckDBPyConnection, world: SampleSummary) -> None:
    with (world.truth / "channel_rates.csv").open(encoding="utf-8") as lines:
        stated = {
            row["channel"]: (int(row["mqls"]), float(row["expected_final_rate"]))
            for row in csv.DictReader(lines)
        }
    found = db.execute(
        "SELECT channel, count(*), avg(p_sql) FROM truth_mqls WHERE NOT is_excluded GROUP BY channel"
    ).fetchall()
    assert stated["(all)"][0] == sum(n for _, n, _ in found)
    for channel, n, rate in found:
        assert stated[channel] == (n, pytest.approx(rate, abs=2e-6))


def test_a_lead_is_marked_again_only_after_recycling_and_thirty_days(db: duckdb.DuckDBPyConnection) -> None:
    pairs = """FROM truth_mqls a JOIN truth_mqls b
               ON b.salesforce_lead_id = a.salesforce_lead_id AND b.episode = a.episode + 1"""
    assert _one(db, f"SELECT count(*) {pairs}") > 10
    too_early = "a.recycled_at IS NULL OR b.mql_at < a.recycled_at + INTERVAL 30 DAY"
    assert _one(db, f"SELECT count(*) {pairs} WHERE {too_early}") == 0


@pytest.mark.parametrize(
    ("what", "condition"),
    [
        ("test records", "is_test AND email LIKE 'test@%'"),
        ("competitors", "is_competitor"),
        ("students", "is_student"),
        ("merged records", "merged_at IS NOT NULL AND is_duplicate_of IS NOT NULL AND marketo_id IS NULL"),
        ("duplicates", "merged_at IS NULL AND is_duplicate_of IS NOT NULL"),
        ("blank sources", "lead_source IS NULL"),
    ],
)  # fmt: skip
def test_awkward_records_are_present_but_few(
    db: duckdb.DuckDBPyConnection, what: str, condition: str
) -> None:
    share = _one(db, f"SELECT avg(({condition})::INTEGER) FROM truth_leads")
    assert 0.001 < share < 0.08, what


def test_competitors_are_listed_and_never_become_sql(
    db: duckdb.DuckDBPyConnection, world: SampleSummary
) -> None:
    domains = json.loads((world.truth / "world.json").read_text())["competitor_domains"]
    found = db.execute(
        "SELECT DISTINCT split_part(email, '@', 2) FROM truth_leads WHERE is_competitor"
    ).fetchall()
    assert {row[0] for row in found} == set(domains)
    assert (
        _one(db, "SELECT count(*) FROM truth_mqls WHERE is_excluded AND (sql_at IS NOT NULL OR p_sql > 0)")
        == 0
    )


def test_merges_stand_in_both_systems(db: duckdb.DuckDBPyConnection) -> None:
    merged = _one(db, "SELECT count(*) FROM sf_lead WHERE IsDeleted AND MasterRecordId IS NOT NULL")
    absorbed = "(attributes->>'Merge IDs')::BIGINT"
    log = f"""SELECT count(*) FROM mkto_activity
              WHERE activityTypeId = 32 AND {absorbed} NOT IN (SELECT id FROM mkto_leads)"""
    assert _one(db, log) == merged > 0


def test_attributes_are_missing_or_corrected_here_and_there(db: duckdb.DuckDBPyConnection) -> None:
    for column in ("Title", "Industry", "NumberOfEmployees", "Country"):
        assert 0.04 < _one(db, f"SELECT avg(({column} IS NULL)::INTEGER) FROM sf_lead") < 0.16
        changes = f"FROM sf_leadhistory h JOIN sf_lead l ON l.Id = LeadId WHERE Field = '{column}'"
        assert _one(db, f"SELECT count(*) {changes}") > 0
        assert _one(db, f"SELECT count(*) {changes} AND h.NewValue IS DISTINCT FROM l.{column}::VARCHAR") == 0


def test_some_rows_are_late(db: duckdb.DuckDBPyConnection) -> None:
    quarter = "'mkto_activities_' || year(activityDate) || '_q' || quarter(activityDate)"
    assert 0 < _one(db, f"SELECT avg((file > {quarter})::INTEGER) FROM mkto_activity") < 0.01
    assert _one(db, f"SELECT count(*) FROM mkto_activity WHERE file < {quarter}") == 0
    assert (
        0.02
        < _one(db, "SELECT avg((CreatedDate > CompletedDateTime + INTERVAL 1 DAY)::INTEGER) FROM sf_task")
        < 0.15
    )


def test_scanners_follow_links_within_seconds_of_delivery(db: duckdb.DuckDBPyConnection) -> None:
    fast = """SELECT count(*) FROM mkto_activity c JOIN mkto_activity d
              ON d.leadId = c.leadId AND d.activityTypeId = 7
                  AND d.primaryAttributeValueId = c.primaryAttributeValueId
              WHERE c.activityTypeId = 11 AND c.activityDate BETWEEN d.activityDate
                  AND d.activityDate + INTERVAL 10 SECOND"""
    assert (
        0.02 < _one(db, fast) / _one(db, "SELECT count(*) FROM mkto_activity WHERE activityTypeId = 11") < 0.6
    )


def test_the_shipped_score_ranks_the_true_probability(db: duckdb.DuckDBPyConnection) -> None:
    add_shipped_scores(db)
    reached = """SELECT avg((coalesce(top, 0) >= 60)::INTEGER) FROM fits
                 LEFT JOIN (SELECT lead, max(score) AS top FROM scores GROUP BY lead) USING (lead)"""
    assert 0.25 < _one(db, reached) < 0.45
    rows = db.execute("""
        SELECT max(s.score), any_value(m.p_sql) FROM truth_mqls m
        JOIN truth_leads l USING (salesforce_lead_id)
        JOIN scores s ON s.lead = l.marketo_id AND s.moment > m.mql_at - INTERVAL 1 DAY
             AND s.moment <= least(coalesce(m.sql_at, m.disqualified_at, m.recycled_at,
                 m.mql_at + INTERVAL 90 DAY), m.mql_at + INTERVAL 90 DAY)
        WHERE NOT m.is_excluded GROUP BY m.salesforce_lead_id, m.episode
    """).fetchall()
    score, p_sql = (np.array(column) for column in zip(*rows, strict=True))
    assert np.corrcoef(rankdata(score), rankdata(p_sql))[0, 1] > 0.45
    low, high = p_sql[score < np.quantile(score, 0.25)].mean(), p_sql[score > np.quantile(score, 0.75)].mean()
    assert high > 2.5 * low
