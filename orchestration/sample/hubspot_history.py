"""Property history of contacts and deals: a row per change, internal names, capped as HubSpot caps it."""

from __future__ import annotations

from pathlib import Path

from orchestration.sample.engagement import SCORE
from orchestration.sample.sales import SCORE_START
from orchestration.sample.store import Store

CONTACT_REVISIONS, DEAL_REVISIONS = 45, 20  # HubSpot keeps the newest so many of a property

# What the other CRM's field history says, in properties: field, new value (LIKE), property, its value (null:
# from the change itself), seconds later. HubSpot lets a stage go back only after it has been cleared.
TRANSLATION = (
    ("Status", "MQL", "lifecyclestage", "marketingqualifiedlead", 0),
    ("Status", "MQL", "hs_lead_status", "NEW", 0),
    ("Status", "Working", "hs_lead_status", "IN_PROGRESS", 0),
    ("Status", "Qualified", "hs_lead_status", "CONNECTED", 0),
    ("Status", "Unqualified", "hs_lead_status", "UNQUALIFIED", 0),
    ("Status", "Unqualified", "disqualified_reason", None, 0),
    ("Status", "Recycled", "hs_lead_status", "BAD_TIMING", 0),
    ("Status", "Recycled", "lifecyclestage", "", 0),
    ("Status", "Recycled", "lifecyclestage", "lead", 1),
    ("leadConverted", "%", "lifecyclestage", "salesqualifiedlead", 0),
    ("Owner", "Rep%", "hubspot_owner_id", None, 0),
    ("Owner", "Marketing Queue", "hubspot_owner_id", "", 0),
    ("Title", "%", "jobtitle", None, 0),
    ("NumberOfEmployees", "%", "numemployees", None, 0),
    ("Industry", "%", "industry", None, 0),
    ("Country", "%", "country", None, 0),
)
# An eighth subscribes first, and is a lead two days later or when it is marked, if that is sooner. A deal
# moves its contact on within seconds. Of score changes within one second only the last is kept.
CHANGES = f"""
CREATE TABLE contact_changes AS
WITH marked AS (SELECT row, min(least(mql_at, sql_at)) AS first_at FROM mqls GROUP BY row),
begun AS (
    SELECT row, created_at, row % 8 = 3 AS subscribes,
           least(created_at + 172800, first_at - 10) AS lead_at
    FROM contacts LEFT JOIN marked USING (row)
), first_values AS (
    SELECT row, created_at, unnest(['jobtitle', 'numemployees', 'industry', 'country']) AS name,
           unnest([CASE WHEN change_field = 1 THEN old_text ELSE title_text END,
                   CASE WHEN change_field = 2 THEN old_text ELSE employee_count::VARCHAR END,
                   CASE WHEN change_field = 3 THEN old_text ELSE industry_text END,
                   CASE WHEN change_field = 4 THEN old_text ELSE country_text END]) AS value
    FROM contacts
), translated AS (
    SELECT row, moment + later AS moment, step, name,
           CASE name WHEN 'hubspot_owner_id' THEN coalesce(value, hs_owner(row)::VARCHAR)
                     WHEN 'disqualified_reason' THEN reason ELSE coalesce(value, h.new) END AS value
    FROM history h JOIN translation t ON t.field = h.field AND coalesce(h.new, '') LIKE t.new
    JOIN (SELECT row, reason FROM contacts) USING (row)
), scored AS (
    SELECT row, moment, arg_max(asset, guid) AS score
    FROM activity JOIN (SELECT row, created_at FROM contacts) c USING (row)
    WHERE kind = {SCORE} AND (detail <> {SCORE_START} OR moment = created_at + 2) GROUP BY row, moment
), changes AS (
    SELECT row, created_at AS moment, 0 AS step, 'lifecyclestage' AS name,
           CASE WHEN subscribes THEN 'subscriber' ELSE 'lead' END AS value FROM begun
    UNION ALL SELECT row, lead_at, 0, 'lifecyclestage', 'lead' FROM begun WHERE subscribes
    UNION ALL SELECT row, created_at, 0, name, value FROM first_values WHERE value IS NOT NULL
    UNION ALL SELECT row, moment, step, name, value FROM translated
    UNION ALL SELECT row, created_at + 2, 20, 'lifecyclestage', 'opportunity' FROM sold WHERE has_contact
    UNION ALL SELECT row, created_at + 2, 20, 'hs_lead_status', 'OPEN_DEAL' FROM sold WHERE has_contact
    UNION ALL SELECT row, closed_at + 2, 21, 'lifecyclestage', 'customer' FROM sold WHERE has_contact AND won
    UNION ALL SELECT row, moment, 30, 'hubspotscore', score::VARCHAR FROM scored
)
SELECT * FROM changes WHERE moment < world_end()
"""  # noqa: S608
# Some contacts came over from an older portal with the dates on the record only. The records do not tell a
# second life, so that these are contacts whose stage never went back.
CURRENT = """
CREATE TABLE current_values AS
SELECT row,
       arg_max(value, (moment, step)) FILTER (name = 'lifecyclestage') AS stage,
       arg_max(value, (moment, step)) FILTER (name = 'hs_lead_status') AS lead_status,
       arg_max(value, (moment, step)) FILTER (name = 'hubspotscore')::INTEGER AS score,
       max(moment) FILTER (value = 'subscriber') AS subscriber_at,
       max(moment) FILTER (name = 'lifecyclestage' AND value = 'lead') AS lead_at,
       max(moment) FILTER (value = 'marketingqualifiedlead') AS mql_at,
       max(moment) FILTER (value = 'salesqualifiedlead') AS sql_at,
       max(moment) FILTER (name = 'lifecyclestage' AND value = 'opportunity') AS opportunity_at,
       max(moment) FILTER (name = 'lifecyclestage' AND value = 'customer') AS customer_at,
       max(moment) FILTER (name = 'hs_lead_status' AND value = 'UNQUALIFIED') AS disqualified_at,
       max(moment) AS changed_at,
       row % 20 = 11 AND NOT bool_or(value = 'BAD_TIMING') AS dates_only
FROM contact_changes GROUP BY row
"""
CONTACT_HISTORY = """
SELECT hs_contact(row) AS contact_id, name, value, mkto_time(moment) AS "timestamp",
       CASE WHEN step = 0 THEN 'IMPORT' WHEN step IN (1, 2, 20, 21, 30) THEN 'AUTOMATION_PLATFORM'
            ELSE 'CRM_UI' END AS source,
       CASE WHEN step BETWEEN 3 AND 10 THEN 'userId:' || hs_owner(row) END AS source_id
FROM (
    SELECT * FROM contact_changes
    ANTI JOIN (SELECT row FROM current_values WHERE dates_only) USING (row)
    QUALIFY row_number() OVER (PARTITION BY row, name ORDER BY moment DESC, step DESC) <= {revisions}
) ORDER BY row, name, moment, step
"""
DEAL_HISTORY = """
WITH changes AS (
    SELECT row, moment, 'dealstage' AS name, s.name AS value FROM deal_steps JOIN deal_stages s USING (stage)
    UNION ALL SELECT row, created_at, 'amount', amount::BIGINT::VARCHAR FROM sold
    UNION ALL SELECT row, created_at, 'closedate', mkto_time(planned_close) FROM sold
    UNION ALL SELECT row, closed_at, 'closedate', mkto_time(closed_at) FROM sold WHERE closed_at < world_end()
    UNION ALL SELECT row, created_at, 'pipeline', 'default' FROM sold
)
SELECT hs_deal(row) AS deal_id, name, value, mkto_time(moment) AS "timestamp", 'CRM_UI' AS source,
       'userId:' || hs_owner(row) AS source_id
FROM changes
QUALIFY row_number() OVER (PARTITION BY row, name ORDER BY moment DESC) <= {revisions}
ORDER BY row, name, moment
"""


def add_changes(store: Store) -> None:
    """`contact_changes` of the whole life of a contact, and `current_values` at the end of the world."""
    fields, new, names, values, later = zip(*TRANSLATION, strict=True)
    store.append("translation", {"field": fields, "new": new, "name": names, "value": values, "later": later})
    store.run(CHANGES)
    store.run(CURRENT)


def write_history(store: Store, folder: Path) -> None:
    """Both history files."""
    contacts = CONTACT_HISTORY.format(revisions=CONTACT_REVISIONS)
    store.write(folder / "contact_property_history", contacts)
    store.write(folder / "deal_property_history", DEAL_HISTORY.format(revisions=DEAL_REVISIONS))
