"""From the hidden world to tables every system is written from: people with their text, status history,
members, steps of deals.
"""

from __future__ import annotations

from orchestration.sample import vocabulary
from orchestration.sample.campaigns import Campaigns
from orchestration.sample.companies import Companies
from orchestration.sample.store import Store
from orchestration.sample.world import (
    CHANNEL_NAMES,
    COMPETITOR_DOMAINS,
    FREE_MAIL_DOMAINS,
    OTHER_COUNTRIES,
    OTHER_INDUSTRIES,
    TARGET_COUNTRIES,
    TARGET_INDUSTRIES,
)


def add_words(store: Store, companies: Companies, campaigns: Campaigns) -> None:
    """Lookup tables, companies and campaigns."""
    store.words("first_names", vocabulary.FIRST_NAMES)
    store.words("last_names", vocabulary.LAST_NAMES)
    store.words("titles", [title for title, _ in vocabulary.TITLES])
    store.words("industries", TARGET_INDUSTRIES + OTHER_INDUSTRIES)
    store.words("countries", TARGET_COUNTRIES + OTHER_COUNTRIES)
    store.words("channels", CHANNEL_NAMES)
    store.words("free_mails", FREE_MAIL_DOMAINS)
    store.words("competitors", COMPETITOR_DOMAINS)
    store.words("reasons", vocabulary.DISQUALIFIED_REASONS)
    store.words("stems", vocabulary.COMPANY_STEMS)
    store.words("nouns", vocabulary.COMPANY_NOUNS)
    store.append(
        "campaigns",
        {
            "campaign": range(len(campaigns.names)), "name": campaigns.names, "type": campaigns.types,
            "channel": campaigns.channel, "starts": campaigns.starts, "ends": campaigns.ends,
            "budget": campaigns.budget, "cost": campaigns.cost,
        },
    )  # fmt: skip
    store.append(
        "company_numbers",
        {
            "company": range(len(companies.stem)), "stem": companies.stem, "noun": companies.noun,
            "employees": companies.employees, "industry": companies.industry, "country": companies.country,
            "scans_mail": companies.scans_mail,
        },
    )  # fmt: skip
    # The number keeps domains of companies with equal names apart.
    store.run("""
        CREATE TABLE companies AS
        SELECT company, s.text || ' ' || n.text AS name,
               lower(s.text || '-' || n.text) || company || '.example' AS domain,
               c.employees, i.text AS industry, y.text AS country, scans_mail
        FROM company_numbers c
        JOIN stems s ON s.code = c.stem JOIN nouns n ON n.code = c.noun
        JOIN industries i ON i.code = c.industry JOIN countries y ON y.code = c.country
    """)


def add_tables(store: Store) -> None:
    """`persons`, `history`, `states`, `members`, `deal_steps`: call when every chunk has been appended."""
    _persons(store)
    _history(store)
    _states(store)
    _members(store)
    _deal_steps(store)


def _persons(store: Store) -> None:
    # A duplicate has its original's e-mail, therefore the original's row is in the address, and its kind in
    # the domain.
    store.run("""
        CREATE TABLE persons AS
        SELECT p.*, kind = 2 AS is_merged, kind = 3 AS is_test,
               kind = 4 AS is_competitor, kind = 5 AS is_student,
               CASE WHEN original >= 0 THEN original ELSE row END AS person,
               CASE WHEN is_merged THEN original ELSE row END AS marketo_row,
               f.text AS first_name, l.text AS last_name, t.text AS title_text,
               i.text AS industry_text, y.text AS country_text,
               CASE WHEN employees >= 0 THEN employees END AS employee_count,
               c.text AS channel_text, CASE WHEN NOT blank_source THEN c.text END AS lead_source,
               CASE WHEN is_test THEN 'Test Account' WHEN is_competitor THEN 'Rival ' || o.name
                         WHEN is_student THEN 'University of ' || split_part(o.name, ' ', 1)
                             ELSE o.name END AS company_name,
               CASE WHEN is_test THEN 'test@qa' || row || '.example'
                    ELSE lower(f.text || '.' || l.text) || '.' || (CASE WHEN original >= 0 THEN original
                        ELSE row END) || '@'
                         || CASE WHEN is_competitor THEN k.text WHEN m.text IS NOT NULL THEN m.text
                                 WHEN is_student THEN 'university' || company % 40 || '.example'
                                     ELSE o.domain END
               END AS email,
               CASE change_field WHEN 1 THEN ot.text WHEN 2 THEN CASE WHEN change_old >= 0
                   THEN change_old::VARCHAR END
                                 WHEN 3 THEN oi.text WHEN 4 THEN oy.text END AS old_text,
               CASE change_field WHEN 1 THEN t.text WHEN 2 THEN p.employees::VARCHAR WHEN 3 THEN i.text
                   WHEN 4 THEN y.text END AS new_text
        FROM people p
        JOIN first_names f ON f.code = p.first JOIN last_names l ON l.code = p.last
        JOIN channels c ON c.code = p.channel
        JOIN (SELECT company, name, domain FROM companies) o USING (company)
        LEFT JOIN titles t ON t.code = p.title
        LEFT JOIN industries i ON i.code = p.industry
        LEFT JOIN countries y ON y.code = p.country
        LEFT JOIN free_mails m ON m.code = p.free_mail
        LEFT JOIN competitors k ON k.code = p.row % 3
        LEFT JOIN titles ot ON ot.code = p.change_old
        LEFT JOIN industries oi ON oi.code = p.change_old
        LEFT JOIN countries oy ON oy.code = p.change_old
    """)


def _history(store: Store) -> None:
    """Field history of leads before the end of the world; `step` orders changes of one second."""
    store.run("""
        CREATE TABLE history AS
        WITH worked AS (
            SELECT *, CASE WHEN episode = 0 THEN 'New' WHEN working_at < world_end() THEN 'Working'
                ELSE 'MQL' END AS before,
                   printf('Rep %02d', row % 12 + 1) AS rep
            FROM mqls
        ), changes AS (
            SELECT row, created_at AS moment, 0 AS step, 'created' AS field, NULL AS old, NULL AS new
                FROM people
            UNION ALL SELECT row, mql_at, 1, 'Status', CASE WHEN episode = 1 THEN 'New' ELSE 'Recycled' END,
                'MQL' FROM worked WHERE episode > 0
            UNION ALL SELECT row, mql_at + 2, 2, 'Owner', 'Marketing Queue', rep FROM worked WHERE episode > 0
            UNION ALL SELECT row, mql_at + 2, 3, 'Owner', sf_id('00G', 1), sf_id('005', row % 12 + 1)
                FROM worked WHERE episode > 0
            UNION ALL SELECT row, working_at, 4, 'Status', 'MQL', 'Working' FROM worked
            UNION ALL SELECT row, disqualified_at, 5, 'Status', before, 'Unqualified' FROM worked
            UNION ALL SELECT row, recycled_at, 5, 'Status', before, 'Recycled' FROM worked
            UNION ALL SELECT row, recycled_at + 2, 6, 'Owner', rep, 'Marketing Queue' FROM worked
            UNION ALL SELECT row, recycled_at + 2, 7, 'Owner', sf_id('005', row % 12 + 1), sf_id('00G', 1)
                FROM worked
            UNION ALL SELECT row, qualified_at, 8, 'Status', before, 'Qualified' FROM worked
            UNION ALL SELECT row, sql_at, 9, 'leadConverted', NULL, NULL FROM worked
            UNION ALL SELECT row, change_at, 10, ['Title', 'NumberOfEmployees', 'Industry',
                'Country'][change_field], old_text, new_text
                      FROM persons WHERE change_field > 0
        )
        SELECT row_number() OVER (ORDER BY moment, row, step) AS number, * FROM changes
            WHERE moment < world_end()
    """)


def _states(store: Store) -> None:
    """How each lead stands at the end of the world."""
    store.run("""
        CREATE TABLE states AS
        WITH fields AS (
            SELECT row, max(moment) AS changed_at,
                   arg_max(new, number) FILTER (field = 'Status') AS status,
                   arg_max(new, number) FILTER (field = 'Owner' AND new NOT LIKE '00%') AS owner
            FROM history GROUP BY row
        ), outcomes AS (
            SELECT row, min(seen(sql_at)) AS sql_at, bool_or(episode = 0) AS is_bypass,
                   arg_max(reason, episode) FILTER (disqualified_at < world_end()) AS reason
            FROM mqls GROUP BY row
        ), mail AS (
            SELECT row, min(moment) FILTER (kind = 9) AS left_at, min(moment) FILTER (kind = 8) AS bounced_at
                FROM activity WHERE kind IN (8, 9) GROUP BY row
        ), scored AS (
            SELECT row, arg_max(asset, guid) AS score FROM activity WHERE kind = 22 GROUP BY row
        ), sold AS (
            SELECT row, at_conversion FROM deals
        )
        SELECT row, coalesce(status, 'New') AS status, coalesce(owner LIKE 'Rep%', coalesce(is_bypass,
            false)) AS has_rep, o.sql_at,
               CASE WHEN status = 'Unqualified' THEN r.text END AS reason, left_at, bounced_at,
                   coalesce(score, 0) AS score,
               coalesce(at_conversion, false) AS at_conversion, greatest(f.changed_at, coalesce(left_at, 0),
                   coalesce(bounced_at, 0)) AS modified_at
        FROM fields f LEFT JOIN outcomes o USING (row) LEFT JOIN mail USING (row) LEFT
            JOIN scored USING (row) LEFT JOIN sold USING (row)
        LEFT JOIN reasons r ON r.code = o.reason
    """)


def _members(store: Store) -> None:
    """Campaign members: one per campaign and person, with the furthest status; nurture members never
    respond unless they click.
    """
    store.run("""
        CREATE TABLE members AS
        WITH touched AS (
            SELECT row, asset AS campaign, moment, extra + 1 AS reached FROM activity WHERE kind = 104
            UNION ALL
            SELECT marketo_row, campaign, created_at, CASE c.type WHEN 'Webinar' THEN 1 WHEN 'Conference'
                THEN 3 ELSE 4 END
            FROM persons JOIN campaigns c USING (campaign)
            UNION ALL
            SELECT row, campaign, moment, CASE kind WHEN 11 THEN 4 ELSE 0 END
            FROM activity JOIN campaigns c ON c.type = 'Email' AND c.campaign % 3 = row % 3
                AND moment >= c.starts
            WHERE kind IN (6, 11) AND row % 4 = 0
        )
        SELECT row_number() OVER (ORDER BY min(moment), campaign, row) AS number, row, campaign,
            min(moment) AS created_at,
               min(moment) FILTER (reached > 0) AS responded_at, max(moment) AS modified_at,
               ['Sent', 'Registered', 'Attended', 'Visited Booth', 'Responded'][max(reached) + 1] AS status,
                   max(reached) > 0 AS has_responded,
               max(reached) IN (2, 3, 4) AS success
        FROM touched WHERE moment < world_end() GROUP BY row, campaign
    """)


def _deal_steps(store: Store) -> None:
    """Stages that deals reached before the end of the world."""
    store.run("""
        CREATE TABLE deal_steps AS
        SELECT row_number() OVER (ORDER BY moment, row, stage) AS number, * FROM (
            SELECT row, stage_1 AS moment, 0 AS stage FROM deals
            UNION ALL SELECT row, stage_2, 1 FROM deals
            UNION ALL SELECT row, stage_3, 2 FROM deals
            UNION ALL SELECT row, stage_4, 3 FROM deals
            UNION ALL SELECT row, closed_at, CASE WHEN won THEN 4 ELSE 5 END FROM deals
        ) WHERE moment < world_end()
    """)
