"""Bandpass's shipped scoring rules, as short as possible, to judge the world by."""

from __future__ import annotations

from pathlib import Path

import duckdb

RULES = Path(__file__).parents[3] / "seeds" / "scoring_rules.csv"


def add_shipped_scores(db: duckdb.DuckDBPyConnection) -> None:
    """`scores`: lead (Marketo id), moment, score after each counted activity; `fits`: lead, fit."""
    db.execute(
        "CREATE OR REPLACE TEMP TABLE rules AS SELECT * FROM read_csv($1) WHERE kind = 'engagement'",
        [str(RULES)],
    )
    db.execute("""
        CREATE OR REPLACE TEMP TABLE fits AS
        SELECT id AS lead,
               CASE WHEN numberOfEmployees >= 50 THEN 10 ELSE 0 END
               + CASE WHEN regexp_matches(title, 'Director|VP|Vice President|Chief|^C.O$') THEN 15
                      WHEN title LIKE '%Manager%' THEN 10 WHEN title LIKE '%Student' THEN -20 ELSE 0 END
               + CASE WHEN industry IN ('Software', 'Financial Services', 'Manufacturing', 'Healthcare')
                   THEN 10 ELSE 0 END
               + CASE WHEN country IN ('United States', 'United Kingdom', 'Germany', 'Netherlands', 'France',
                   'Canada')
                      THEN 5 ELSE 0 END
               - CASE WHEN regexp_matches(email, 'freemail|webpost|quickinbox') THEN 10 ELSE 0 END AS fit
        FROM mkto_leads
    """)
    db.execute("""
        CREATE OR REPLACE TEMP TABLE counted AS
        WITH named AS (
            SELECT leadId AS lead, activityDate AS moment, marketoGUID AS id,
                   CASE activityTypeId
                     WHEN 10 THEN 'email_open' WHEN 11 THEN 'email_click'
                     WHEN 1 THEN CASE WHEN primaryAttributeValue = '/pricing' THEN 'pricing_page_visit'
                         ELSE 'page_visit' END
                     WHEN 2 THEN CASE WHEN primaryAttributeValue IN ('Demo request', 'Contact us')
                         THEN 'demo_request'
                                      WHEN primaryAttributeValue LIKE 'Whitepaper%' THEN 'content_download'
                                          ELSE 'form_fill' END
                     WHEN 104 THEN CASE WHEN attributes LIKE '%"New Status":"Attended"%'
                         THEN 'webinar_attended'
                                        WHEN attributes LIKE '%"New Status":"Registered"%'
                                            THEN 'webinar_registered' END
                     WHEN 9 THEN 'unsubscribe' END AS activity
            FROM mkto_activity
        ), human AS (
            SELECT * FROM named n
            WHERE activity NOT IN ('email_open', 'email_click') OR NOT EXISTS (
                SELECT 1 FROM mkto_activity d
                WHERE d.leadId = n.lead AND d.activityTypeId = 7 AND n.moment BETWEEN d.activityDate
                    AND d.activityDate + INTERVAL 10 SECOND)
        )
        SELECT lead, moment, points, half_life_days
        FROM human JOIN rules ON field = activity
        QUALIFY row_number() OVER (
            PARTITION BY lead, rule_id, date_diff('day', DATE '1970-01-01', moment::DATE) // window_days
                ORDER BY moment, id) <= max_count
    """)
    db.execute("""
        CREATE OR REPLACE TEMP TABLE scores AS
        SELECT now.lead, now.moment, fit + greatest(0, sum(past.points * pow(2,
            -epoch(now.moment - past.moment) / 86400 / past.half_life_days))) AS score
        FROM (SELECT DISTINCT lead, moment FROM counted) now
        JOIN counted past ON past.lead = now.lead AND past.moment <= now.moment
        JOIN fits ON fits.lead = now.lead
        GROUP BY now.lead, now.moment, fit
    """)
