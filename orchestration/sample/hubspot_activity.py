"""What contacts did, as far as HubSpot lets go of it: e-mail events, form submissions, calls and meetings."""

from __future__ import annotations

from pathlib import Path

from orchestration.sample import vocabulary
from orchestration.sample.engagement import FORM, PROGRESSION, REGISTERED
from orchestration.sample.mailing import BOUNCED, CLICK, DELIVERED, OPEN, SEND, UNSUBSCRIBED
from orchestration.sample.store import Store

FORM_PAGES = (
    "/resources/state-of-the-funnel", "/resources/buyer-committee-guide", "/resources/scoring-handbook",
    "/newsletter", "/contact", "/demo",
)  # fmt: skip
EVENT_TYPES = {
    SEND: "SENT", DELIVERED: "DELIVERED", BOUNCED: "BOUNCE", UNSUBSCRIBED: "STATUSCHANGE", OPEN: "OPEN",
    CLICK: "CLICK",
}  # fmt: skip
EMAIL_CAMPAIGN, PORTAL = 41200301, 4200042
SITE = "https://www.bandpass.example"

# What a record did before it was merged away is the doing of the one that stays.
SUBMISSIONS = f"""
CREATE TABLE submissions AS
SELECT a.guid, p.person AS row, p.email, a.moment,
       CASE kind WHEN {FORM} THEN f.text ELSE 'Webinar registration - ' || replace(c.name, 'Webinar - ', '')
           END AS title,
       CASE kind WHEN {FORM} THEN g.text
           ELSE '/webinars/' || lower(replace(replace(c.name, 'Webinar - ', ''), ' ', '-')) END AS page
FROM activity a JOIN (SELECT row, person, email FROM persons) p USING (row)
LEFT JOIN forms f ON kind = {FORM} AND f.code = asset LEFT JOIN form_pages g ON g.code = f.code
LEFT JOIN campaigns c ON kind = {PROGRESSION} AND c.campaign = asset
WHERE kind = {FORM} OR (kind = {PROGRESSION} AND extra = {REGISTERED})
"""  # noqa: S608
FORM_SUBMISSIONS = f"""
SELECT hs_contact(row) AS contact_id, email, hs_uuid('form-' || title) AS form_id,
       hs_uuid('conversion-' || guid) AS conversion_id, mkto_time(moment) AS "timestamp", title,
       '{SITE}' || page AS page_url, {PORTAL} AS portal_id
FROM submissions ORDER BY moment, guid
"""  # noqa: S608
# HubSpot sees through about half of the machines that open messages and follow links (filteredEvent).
SCANS = f"""
CREATE TABLE scans AS
SELECT row, asset, moment FROM activity JOIN (SELECT row FROM persons WHERE scans_mail) USING (row)
WHERE kind = {DELIVERED}
"""  # noqa: S608
EMAIL_EVENTS = f"""
SELECT hs_uuid(CASE kind WHEN {SEND} THEN 'sent-' || row || '-' || asset ELSE 'event-' || guid END) AS id,
       t.text AS type, email AS recipient, a.moment * 1000 AS created,
       {EMAIL_CAMPAIGN} + asset AS "emailCampaignId", 113 AS "appId", {PORTAL} AS "portalId",
       s.moment IS NOT NULL AND (row + asset) % 2 = 0 AS "filteredEvent",
       CASE kind WHEN {CLICK} THEN '{SITE}' || links[extra + 1] END AS url,
       CASE WHEN kind <> {SEND} THEN hs_uuid('sent-' || row || '-' || asset) END AS "sentById",
       CASE WHEN kind = {UNSUBSCRIBED} THEN 'UNSUBSCRIBED' END AS "portalSubscriptionStatus"
FROM activity a JOIN (SELECT row, email FROM persons) USING (row) JOIN event_types t ON t.code = kind
LEFT JOIN (SELECT row AS lead, asset AS mailing, moment FROM scans) s
    ON lead = row AND mailing = asset AND kind IN ({OPEN}, {CLICK})
        AND a.moment BETWEEN s.moment AND s.moment + 10
CROSS JOIN (SELECT list(text ORDER BY code) AS links FROM email_links)
WHERE file = FILE_NUMBER ORDER BY a.moment, guid
"""  # noqa: S608
EMAIL_CAMPAIGNS = f"""
SELECT {EMAIL_CAMPAIGN} + code AS id, 113 AS "appId", 'Batch' AS "appName", 77000 + code AS "contentId",
       text AS name, regexp_replace(text, '^[^-]*- ', '') AS subject, 'AUTOMATED_EMAIL' AS type,
       'AUTOMATED_EMAIL' AS "subType"
FROM emails ORDER BY code
"""  # noqa: S608
# Only a meeting can be put on record before it takes place.
LOGGED = """
CREATE VIEW logged AS
SELECT number, row, kind, done_at,
       CASE WHEN kind = 2 THEN logged_at ELSE greatest(logged_at, done_at) END AS logged_at
FROM tasks WHERE kind = 2 OR done_at < world_end()
"""
ENGAGEMENTS = """
SELECT 31000000000 + number AS id, ['CALL', 'EMAIL', 'MEETING'][kind + 1] AS type,
       mkto_time(done_at) AS hs_timestamp, mkto_time(logged_at) AS hs_createdate,
       mkto_time(greatest(logged_at, coalesce(seen(done_at), 0))) AS hs_lastmodifieddate,
       hs_owner(row) AS hubspot_owner_id,
       ['Call', 'Email', 'Meeting'][kind + 1] || ': ' || ['intro', 'follow-up', 'next steps'][row % 3 + 1]
           AS title,
       CASE kind WHEN 0 THEN ['Connected', 'No answer', 'Left voicemail'][number % 3 + 1]
                 WHEN 2 THEN CASE WHEN done_at < world_end() THEN 'COMPLETED' ELSE 'SCHEDULED' END END
           AS outcome,
       'CRM_UI' AS source
FROM logged ORDER BY number
"""
ENGAGEMENT_CONTACTS = """
SELECT 31000000000 + number AS engagement_id, hs_contact(row) AS contact_id,
       ['CALL', 'EMAIL', 'MEETING'][kind + 1] AS engagement_type
FROM logged ORDER BY number
"""


def add_submissions(store: Store) -> None:
    """`submissions`: filled forms by the contact that stays."""
    store.words("forms", vocabulary.FORMS)
    store.words("form_pages", FORM_PAGES)
    store.run(SUBMISSIONS)


def write_activity(store: Store, folder: Path) -> int:
    """All files of what happened, e-mail events a file a quarter; returns the number of activities."""
    store.words("emails", vocabulary.EMAILS)
    store.words("email_links", vocabulary.LINKS)
    store.append("event_types", {"code": list(EVENT_TYPES), "text": list(EVENT_TYPES.values())})
    store.run(SCANS)
    store.run(LOGGED)
    store.write(folder / "form_submissions", FORM_SUBMISSIONS)
    store.write(folder / "email_campaigns", EMAIL_CAMPAIGNS)
    store.write(folder / "engagements", ENGAGEMENTS)
    store.write(folder / "engagement_contacts", ENGAGEMENT_CONTACTS)
    mailed = f"kind IN ({', '.join(map(str, EVENT_TYPES))})"
    for (file,) in store.rows(f"SELECT DISTINCT file FROM activity WHERE {mailed} ORDER BY file"):  # noqa: S608
        quarter = f"{2025 + file // 4}_q{file % 4 + 1}"
        store.write(folder / f"email_events_{quarter}", EMAIL_EVENTS.replace("FILE_NUMBER", str(file)))
    counts = (f"activity WHERE {mailed}", "submissions", "logged")
    return sum(int(store.rows(f"SELECT count(*) FROM {rows}")[0][0]) for rows in counts)  # noqa: S608
