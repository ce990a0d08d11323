"""HubSpot as its own exports show it: labels, zone-less times to the minute, `;` between ids of a cell."""

from __future__ import annotations

from pathlib import Path

from orchestration.sample.hubspot_activity import add_submissions, write_activity
from orchestration.sample.hubspot_history import add_changes, write_history
from orchestration.sample.hubspot_people import LABELS, STAGES, add_portal
from orchestration.sample.store import Store

PIPELINE = "Sales Pipeline"
DATES = {
    "subscriber": "subscriber_at", "lead": "lead_at", "marketingqualifiedlead": "mql_at",
    "salesqualifiedlead": "v.sql_at", "opportunity": "opportunity_at", "customer": "customer_at",
}  # fmt: skip


def _entered(label: str, moment: str) -> str:
    """A date column; the stage in its label is quoted."""
    return f'hs_time({moment}) AS "Date entered ""{label}"""'


CONTACT_DATES = ", ".join(
    _entered(f"{LABELS[stage]} (Lifecycle Stage Pipeline)", moment) for stage, moment in DATES.items()
)
CONTACT = f"""
WITH filled AS (
    SELECT row, count(*) AS forms, arg_min(title, (moment, guid)) AS first_form, min(moment) AS first_at
    FROM submissions GROUP BY row
), merged AS (
    SELECT original AS row, string_agg(hs_contact(row), ';' ORDER BY merged_at, row) AS ids,
           max(merged_at) AS merged_at
    FROM merges GROUP BY original
)
SELECT hs_contact(row) AS "Record ID", first_name AS "First Name", last_name AS "Last Name", email AS "Email",
       title_text AS "Job Title", company_name AS "Company Name", industry_text AS "Industry",
       employee_count AS "Number of Employees", employee_count * 150000 AS "Annual Revenue",
       country_text AS "Country/Region",
       CASE WHEN has_rep THEN printf('Rep %02d', row % 12 + 1) END AS "Contact owner",
       stages.label AS "Lifecycle Stage", statuses.label AS "Lead Status", reason AS "Disqualified Reason",
       v.score AS "HubSpot Score",
       traffic_source AS "Original Traffic Source",
       coalesce(source_detail, campaign_name) AS "Original Traffic Source Drill-Down 1",
       CASE WHEN source_detail IS NOT NULL THEN campaign_name END AS "Original Traffic Source Drill-Down 2",
       campaign_name AS "First Touch Converting Campaign",
       CASE WHEN first_at <= c.created_at + 5 THEN 'Forms' ELSE 'Import' END AS "Record source",
       coalesce(forms, 0) AS "Number of Form Submissions", first_form AS "First Conversion",
       hs_time(first_at) AS "First Conversion Date", left_at IS NOT NULL AS "Unsubscribed from all email",
       hs_time(c.created_at) AS "Create Date",
       hs_time(greatest(modified_at, changed_at, merged_at)) AS "Last Modified Date",
       {CONTACT_DATES},
       hs_time(disqualified_at) AS "Latest Disqualified Lead Date",
       (d.row IS NOT NULL)::INTEGER AS "Number of Associated Deals",
       CASE WHEN company_since IS NOT NULL THEN hs_company(company) END AS "Associated Company IDs",
       hs_deal(d.row) AS "Associated Deal IDs", ids AS "Merged Contact IDs"
FROM contacts c JOIN current_values v USING (row)
LEFT JOIN filled USING (row) LEFT JOIN merged USING (row)
LEFT JOIN (SELECT row FROM sold WHERE has_contact) d USING (row)
LEFT JOIN labels stages ON stages.name = stage LEFT JOIN labels statuses ON statuses.name = lead_status
ORDER BY row
"""  # noqa: S608
COMPANY = """
SELECT hs_company(company) AS "Record ID", name AS "Company name", domain AS "Company Domain Name",
       'https://www.' || domain AS "Website URL",
       CASE WHEN company % 11 > 0 THEN c.industry END AS "Industry",
       CASE WHEN company % 9 > 0 THEN c.employees END AS "Number of Employees",
       CASE WHEN company % 9 > 0 THEN c.employees * 150000 END AS "Annual Revenue",
       c.country AS "Country/Region", printf('Rep %02d', min(row) % 12 + 1) AS "Company owner",
       count(*) AS "Number of Associated Contacts", hs_time(min(company_since)) AS "Create Date",
       hs_time(max(company_since)) AS "Last Modified Date"
FROM contacts JOIN companies c USING (company) WHERE company_since IS NOT NULL
GROUP BY company, name, domain, c.industry, c.employees, c.country ORDER BY company
"""
DEAL_DATES = ", ".join(
    _entered(f"{label} ({PIPELINE})", f"max(moment) FILTER (stage = {number})")
    for number, (_, label, _) in enumerate(STAGES)
)
DEAL = f"""
WITH reached AS (
    SELECT row, arg_max(stage, number) AS last_stage, max(moment) AS changed_at FROM deal_steps GROUP BY row
), entered AS (
    SELECT {DEAL_DATES}, row FROM deal_steps GROUP BY row
)
SELECT hs_deal(row) AS "Record ID", company_name || ' - ' || upper(left(channel_text, 3)) AS "Deal Name",
       '{PIPELINE}' AS "Pipeline", label AS "Deal Stage", amount AS "Amount",
       amount AS "Amount in company currency", probability AS "Deal probability",
       last_stage = 4 AS "Is Closed Won", last_stage = 5 AS "Is closed lost",
       CASE WHEN last_stage = 5 THEN 'Went silent' END AS "Closed Lost Reason",
       'New Business' AS "Deal Type",
       printf('Rep %02d', row % 12 + 1) AS "Deal owner", traffic_source AS "Original Traffic Source",
       CASE WHEN row % 10 > 0 THEN campaign_name END AS "HubSpot Campaign",
       hs_time(d.created_at) AS "Create Date",
       hs_time(CASE WHEN last_stage >= 4 THEN closed_at ELSE greatest(planned_close, world_end() + 604800)
           END) AS "Close Date",
       hs_time(changed_at) AS "Last Modified Date", entered.* EXCLUDE (row),
       CASE WHEN has_contact THEN hs_contact(row) END AS "Associated Contact IDs",
       CASE WHEN company_since IS NOT NULL THEN hs_company(company) END AS "Associated Company IDs"
FROM sold d JOIN reached USING (row) JOIN entered USING (row) JOIN deal_stages s ON s.stage = last_stage
JOIN (SELECT * EXCLUDE (created_at) FROM contacts) c USING (row)
ORDER BY row
"""  # noqa: S608
PIPELINE_STAGE = """
SELECT name AS stage_id, 'default' AS pipeline_id, label, stage AS display_order, probability,
       stage >= 4 AS is_closed, stage = 4 AS closed_won, true AS active
FROM deal_stages ORDER BY stage
"""
MERGE = """
SELECT hs_contact(original) AS canonical_vid, hs_contact(row) AS vid_to_merge,
       mkto_time(merged_at) AS "timestamp", hs_owner(original) AS user_id, 3 AS num_properties_moved
FROM merges ORDER BY merged_at, row
"""
OBJECTS = {
    "contacts": CONTACT, "companies": COMPANY, "deals": DEAL, "deal_pipeline_stages": PIPELINE_STAGE,
    "contact_merges": MERGE,
}  # fmt: skip


def write_hubspot(store: Store, folder: Path) -> int:
    """All files; returns the number of activities."""
    add_portal(store)
    add_submissions(store)
    add_changes(store)
    for name, sql in OBJECTS.items():
        store.write(folder / name, sql)
    write_history(store, folder)
    return write_activity(store, folder)
