"""Marketo bulk extracts: leads, activities (a file a quarter), programs and their members. Nulls are the
text `null`.
"""

from __future__ import annotations

from pathlib import Path

from orchestration.sample import vocabulary
from orchestration.sample.store import Store

LATE_PER_MILLE = 3  # activities that reach the extract a quarter after they happened

LEADS = """
SELECT mkto_id(row) AS id, email, first_name AS "firstName", last_name AS "lastName", company_name AS company,
    title_text AS title,
       industry_text AS industry, employee_count AS "numberOfEmployees",
           employee_count * 150000 AS "annualRevenue", country_text AS country,
       lead_source AS "leadSource", status AS "leadStatus", score AS "leadScore",
       CASE WHEN campaign >= 0 THEN 1001 + campaign END AS "acquisitionProgramId",
       CASE WHEN linked THEN sf_id('00Q', row) END AS "sfdcLeadId",
       CASE WHEN linked AND sql_at IS NOT NULL THEN sf_id('003', row) END AS "sfdcContactId",
       CASE WHEN linked AND sql_at IS NOT NULL THEN sf_id('001', company) END AS "sfdcAccountId",
       CASE WHEN linked THEN CASE WHEN sql_at IS NOT NULL THEN 'Contact' ELSE 'Lead' END END AS "sfdcType",
       left_at IS NOT NULL AS unsubscribed, bounced_at IS NOT NULL AS "emailInvalid",
       mkto_time(created_at - 5) AS "createdAt", mkto_time(modified_at + 20) AS "updatedAt"
FROM persons JOIN states USING (row) WHERE in_marketo AND NOT is_merged ORDER BY row
"""
PROGRAMS = """
SELECT 1001 + campaign AS id, name,
       CASE type WHEN 'Webinar' THEN 'Webinar' WHEN 'Conference' THEN 'Tradeshow' WHEN 'Email' THEN 'Nurture'
                 WHEN 'Content Syndication' THEN 'Content Syndication'
                     ELSE 'Online Advertising' END AS channel,
       CASE type WHEN 'Webinar' THEN 'Event with Webinar' WHEN 'Conference' THEN 'Event' WHEN 'Email'
           THEN 'Engagement' ELSE 'Default' END AS type,
       CASE WHEN ends < world_end() THEN 'completed' ELSE 'on' END AS status,
       mkto_time(starts - 1209600) AS "createdAt", mkto_time(least(ends, world_end() - 1)) AS "updatedAt",
       sf_id('701', campaign) AS "sfdcId", cost AS costs
FROM campaigns ORDER BY campaign
"""
PROGRAM_MEMBERS = """
SELECT 1001 + campaign AS "programId", mkto_id(row) AS "leadId", first_name AS "firstName",
    last_name AS "lastName", email,
       c.name AS program, mkto_time(m.created_at) AS "membershipDate", m.status AS "statusName",
           success AS "reachedSuccess",
       CASE WHEN success THEN mkto_time(modified_at) END AS "reachedSuccessDate",
           p.campaign = m.campaign AS "acquiredBy",
       mkto_time(m.created_at) AS "createdAt", mkto_time(modified_at) AS "updatedAt"
FROM members m JOIN campaigns c USING (campaign)
JOIN (SELECT row, first_name, last_name, email, campaign FROM persons WHERE in_marketo) p USING (row)
    ORDER BY number
"""
# One row per activity type and asset: the id and name Marketo shows as the primary attribute, and the smart
# campaign.
ASSETS = """
CREATE TABLE assets AS
SELECT kind, code AS asset, 3001 + code AS primary_id, text AS primary_value, 7001 + code AS smart_campaign
    FROM emails CROSS JOIN (SELECT unnest([6, 7, 8, 9, 10, 11]) AS kind)
UNION ALL SELECT 1, code, 4001 + code, text, NULL FROM pages
UNION ALL SELECT 2, code, 5001 + code, text, NULL FROM forms
UNION ALL SELECT 104, campaign, 1001 + campaign, name, 7101 + campaign FROM campaigns
"""
# Built by hand: every inserted text is ours and free of quotes, and this is five times as fast as to_json.
ATTRIBUTES = """
CASE kind
  WHEN 1 THEN '{"Client IP Address":"192.0.2.' || row % 250
      || '","Query Parameters":"","Referrer URL":"","Webpage URL":"' || primary_value || '"}'
  WHEN 2 THEN '{"Client IP Address":"192.0.2.' || row % 250 || '","Form Fields":"Email","Webpage ID":'
      || 4001 + asset || '}'
  WHEN 6 THEN '{"Campaign Run ID":' || 9000 + asset || ',"Choice Number":0,"Step ID":' || 100 + asset || '}'
  WHEN 8 THEN '{"Category":"2","Details":"550 no such user","Email":"bounced","Subcategory":"2001"}'
  WHEN 9 THEN '{"Client IP Address":"192.0.2.' || row % 250 || '","Webform ID":1,"Webpage ID":1}'
  WHEN 10 THEN '{"Campaign Run ID":' || 9000 + asset || ',"Is Mobile Device":' || (row % 4 = 0)
      || ',"Platform":"' || ['Windows', 'macOS', 'iOS'][row % 3 + 1] || '"}'
  WHEN 11 THEN '{"Campaign Run ID":' || 9000 + asset || ',"Is Mobile Device":' || (row % 4 = 0)
      || ',"Link":"https://www.bandpass-demo.example' || links[extra + 1] || '"}'
  WHEN 12 THEN '{"Lead Source":' || coalesce('"' || lead_source || '"', 'null') || ',"Source Type":"' || CASE
      WHEN row % 3 = 0 THEN 'List import' ELSE 'Web form fillout' END || '"}'
  WHEN 13 THEN '{"New Value":' || coalesce('"' || new_text || '"', 'null') || ',"Old Value":' || coalesce('"'
      || old_text || '"', 'null') || ',"Reason":"Enrichment","Source":"Web service API"}'
  WHEN 22 THEN '{"Change Value":"' || printf('%+d', asset - extra) || '","New Value":' || asset
      || ',"Old Value":' || extra || ',"Reason":"'
               || ['Recycled by sales', 'Behavior score', 'Title score'][detail + 1] || '"}'
  WHEN 32 THEN '{"Master Updated":false,"Merge IDs":"' || mkto_id(asset) || '","Merged in Sales":true}'
  WHEN 104 THEN '{"Acquired By":' || (detail = 1) || ',"New Status":"' || ['Registered', 'Attended',
      'Visited Booth'][extra + 1]
               || '","Old Status":"' || ['Not in Program', 'Registered', 'Not in Program'][extra + 1]
               || '","Program Member ID":' || 500000 + row
               || ',"Reason":"Smart campaign","Success":' || (extra > 0) || '}'
  ELSE '{"Campaign Run ID":' || 9000 + asset || '}' END
"""
ACTIVITIES = f"""
SELECT guid::VARCHAR AS "marketoGUID", mkto_id(row) AS "leadId", mkto_time(moment) AS "activityDate",
    kind AS "activityTypeId",
       smart_campaign AS "campaignId",
       CASE kind WHEN 22 THEN 600 WHEN 13 THEN 600 + change_field WHEN 12 THEN mkto_id(row) WHEN 32
           THEN mkto_id(row) ELSE primary_id END AS "primaryAttributeValueId",
       CASE kind WHEN 22 THEN 'Lead Score' WHEN 13 THEN ['title', 'numberOfEmployees', 'industry',
           'country'][change_field]
                 WHEN 12 THEN email WHEN 32 THEN email ELSE primary_value END AS "primaryAttributeValue",
       {ATTRIBUTES} AS attributes
FROM activity LEFT JOIN assets USING (kind, asset)
LEFT JOIN (SELECT row AS lead, email, lead_source, change_field, old_text, new_text
    FROM persons) p ON lead = CASE WHEN kind IN (12, 13, 32) THEN row END
CROSS JOIN (SELECT list(text ORDER BY code) AS links FROM email_links)
WHERE file = FILE_NUMBER ORDER BY moment, guid
"""  # noqa: S608


def write_marketo(store: Store, folder: Path) -> int:
    """All files; returns the number of activities."""
    for name, texts in {
        "emails": vocabulary.EMAILS,
        "pages": vocabulary.PAGES,
        "forms": vocabulary.FORMS,
        "email_links": vocabulary.LINKS,
    }.items():
        store.words(name, texts)
    store.run(ASSETS)
    store.write(folder / "leads", LEADS, null="null")
    store.write(folder / "programs", PROGRAMS, null="null")
    store.write(folder / "program_members", PROGRAM_MEMBERS, null="null")
    files = [file for (file,) in store.rows("SELECT DISTINCT file FROM activity ORDER BY file")]
    for file in files:
        quarter = f"{2025 + file // 4}_q{file % 4 + 1}"
        store.write(
            folder / f"activities_{quarter}", ACTIVITIES.replace("FILE_NUMBER", str(file)), null="null"
        )
    return int(store.rows("SELECT count(*) FROM activity")[0][0])
