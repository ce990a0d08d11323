"""What is true in the sample world, for checking what Bandpass finds. The pipeline never reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from orchestration.sample.sales import COOLDOWN, SQL_MEDIAN_DAYS
from orchestration.sample.store import Store
from orchestration.sample.world import (
    CHANNELS,
    COMPETITOR_DOMAINS,
    DAY,
    FREE_MAIL_DOMAINS,
    OWN_THRESHOLD,
    START,
    TARGET_COUNTRIES,
    TARGET_INDUSTRIES,
    WEEK,
    World,
)

SALESFORCE_README = """# Truth of the sample world

The pipeline never reads this folder. Times are UTC; rates are shares (0 to 1). Salesforce ids: 18 characters.

| file | one row per |
|---|---|
| `leads.csv` | Salesforce lead record |
| `mqls.csv` | marking of a lead as MQL by the company's earlier system |
| `bypasses.csv` | conversion by sales of a lead that was never marked MQL |
| `channel_rates.csv` | channel, `(all)` for the total |
| `weekly_rates.csv` | Monday of the week of the marking |
| `world.json` | the parameters |

Excluded from the rates (`is_excluded`): competitors. Test records and duplicates are never marked MQL.

- **leads.csv**: person (records of one human share it), salesforce_lead_id,
    marketo_id (blank: not in Marketo, or merged away),
  salesforce_contact_id (blank: not converted by the end), email, channel (the true one),
      lead_source (what the extracts say; blank for 4 %),
  campaign_id, created_at, quality (hidden, standard units; decides the conversion),
      fit and intent (its parts), is_test, is_competitor,
  is_student, is_duplicate_of (lead id of the first record of the same human),
      merged_at (blank: still two records at the end).
- **mqls.csv**: person, salesforce_lead_id, episode (from 1), mql_at, channel, lead_source, campaign_id,
    is_excluded, quality (at this marking),
  p_sql (true probability that this episode ever ends in an SQL), qualified_at (status
  Qualified minutes before the conversion, blank if set by it), sql_at (the conversion,
      **even if after the end of the world**), disqualified_at,
  disqualified_reason, recycled_at (both may lie after the end, too; all three blank: sales never decides).
"""
RATES_README = """- **channel_rates.csv**, **weekly_rates.csv**: mqls, expected_final_rate (mean p_sql),
    final_rate (share with an sql_at ever),
  rate_by_end (share with an sql_at before the end of the world).
"""
SALESFORCE_LEADS = """
SELECT person, sf_id('00Q', row) AS salesforce_lead_id, CASE WHEN in_marketo AND NOT is_merged
    THEN mkto_id(row) END AS marketo_id,
       CASE WHEN s.sql_at IS NOT NULL THEN sf_id('003', row) END AS salesforce_contact_id, email,
           channel_text AS channel, lead_source,
       CASE WHEN campaign >= 0 THEN sf_id('701', campaign) END AS campaign_id,
           mkto_time(created_at) AS created_at,
       round(quality, 4) AS quality, round(fit, 4) AS fit, round(intent, 4) AS intent,
       is_test, is_competitor, is_student,
       CASE WHEN original >= 0 THEN sf_id('00Q', original) END AS is_duplicate_of, CASE WHEN is_merged
           THEN mkto_time(merged_at) END AS merged_at
FROM persons JOIN states s USING (row) ORDER BY row
"""
MARKED = """
CREATE TABLE marked AS
SELECT m.*, p.person, p.channel_text AS channel, p.lead_source, p.is_competitor AS is_excluded, p.campaign,
    r.text AS reason_text, ever(sql_at) AS won_at
FROM mqls m
JOIN (SELECT row, person, channel_text, lead_source, is_competitor, campaign FROM persons) p USING (row)
    LEFT JOIN reasons r ON r.code = m.reason
"""
MQLS = """
SELECT person, {record}, episode, mkto_time(mql_at) AS mql_at, channel, {source},
       is_excluded, round(quality, 4) AS quality, round(p_sql, 6) AS p_sql,
       CASE WHEN qualified_at < sql_at THEN mkto_time(qualified_at) END AS qualified_at,
       mkto_time(won_at) AS sql_at, mkto_time(ever(disqualified_at)) AS disqualified_at,
           reason_text AS disqualified_reason,
       mkto_time(ever(recycled_at)) AS recycled_at
FROM {marked} WHERE episode > 0 ORDER BY mql_at, row
"""
BYPASSES = """
SELECT person, {record}, channel, mkto_time(won_at) AS sql_at FROM marked
    WHERE episode = 0 ORDER BY won_at, row
"""
RATES = """
count(*) AS mqls, round(avg(p_sql), 6) AS expected_final_rate, round(count(won_at) / count(*),
    6) AS final_rate,
round(count(seen(won_at)) / count(*), 6) AS rate_by_end FROM marked WHERE episode > 0 AND NOT is_excluded
"""
CHANNEL_RATES = f"""
SELECT coalesce(channel, '(all)') AS channel, {RATES} GROUP BY GROUPING SETS ((channel), ()) ORDER BY channel
"""
WEEKLY_RATES = f"""
SELECT sf_day({START} + (mql_at - {START}) // {WEEK} * {WEEK}) AS week, {RATES} GROUP BY week ORDER BY week
"""


@dataclass(frozen=True)
class Dialect:
    """How the truth names a system's records, in SQL.

    record, source: columns of a marking; marked: where they come from; tables: files of this system only.
    """

    readme: str
    record: str
    source: str
    marked: str
    tables: dict[str, str]


SALESFORCE = Dialect(
    SALESFORCE_README,
    "sf_id('00Q', row) AS salesforce_lead_id",
    "lead_source, CASE WHEN campaign >= 0 THEN sf_id('701', campaign) END AS campaign_id",
    "marked",
    {"leads": SALESFORCE_LEADS},
)


def write_truth(store: Store, world: World, folder: Path, dialect: Dialect) -> None:
    """All truth files; always CSV, whatever the format of the extracts."""
    folder.mkdir(parents=True, exist_ok=True)
    store.fmt = "csv"
    store.run(f"CREATE MACRO ever(s) AS (CASE WHEN s < {2**61} THEN s END)")
    store.run(MARKED)
    tables = dialect.tables | {
        "mqls": MQLS.format(record=dialect.record, source=dialect.source, marked=dialect.marked),
        "bypasses": BYPASSES.format(record=dialect.record),
        "channel_rates": CHANNEL_RATES,
        "weekly_rates": WEEKLY_RATES,
    }
    for name, sql in tables.items():
        store.write(folder / name, sql)
    (folder / "README.md").write_text(dialect.readme + RATES_README, encoding="utf-8")
    (folder / "world.json").write_text(json.dumps(_parameters(world), indent=2) + "\n", encoding="utf-8")


def _parameters(world: World) -> dict[str, object]:
    return {
        "leads": world.leads,
        "weeks": world.weeks,
        "seed": world.seed,
        "starts_at": "2025-01-06T00:00:00Z",
        "regime_change_week": world.regime_week,
        "target_rates": {"start": 0.245, "before_change": 0.22, "after_change": 0.17, "end": 0.15},
        "median_days_mql_to_sql": 18,
        "sql_delay_before_working_hours": SQL_MEDIAN_DAYS,
        "own_score_threshold": OWN_THRESHOLD,
        "cooldown_days": COOLDOWN // DAY,
        "free_mail_domains": FREE_MAIL_DOMAINS,
        "competitor_domains": COMPETITOR_DOMAINS,
        "target_industries": TARGET_INDUSTRIES,
        "target_countries": TARGET_COUNTRIES,
        "channels": [{"name": c.name, "share": c.share, "pull": c.pull} for c in CHANNELS],
    }
