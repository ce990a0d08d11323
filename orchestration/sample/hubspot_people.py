"""Who is a contact of the HubSpot portal, and the portal's own words for what the world knows."""

from __future__ import annotations

from orchestration.sample.store import Store

# HubSpot knows no channel of its own making, only its traffic source and what lies behind it (drill-down 1).
# In the order of world.CHANNELS.
SOURCES = (
    ("Organic Search", "Unknown keywords (SSL)"), ("Paid Search", None), ("Paid Social", None),
    ("Offline Sources", "Webinar"), ("Offline Sources", "Event"), ("Other Campaigns", None),
    ("Referrals", None), ("Offline Sources", "Outbound"),
)  # fmt: skip
# Internal name, label and probability, in the order of deals.STAGES.
STAGES = (
    ("appointmentscheduled", "Appointment scheduled", 0.2), ("qualifiedtobuy", "Qualified to buy", 0.4),
    ("presentationscheduled", "Presentation scheduled", 0.6), ("contractsent", "Contract sent", 0.9),
    ("closedwon", "Closed won", 1.0), ("closedlost", "Closed lost", 0.0),
)  # fmt: skip
# An export of contacts shows labels, the property history internal names.
LABELS = {
    "subscriber": "Subscriber", "lead": "Lead", "marketingqualifiedlead": "Marketing Qualified Lead",
    "salesqualifiedlead": "Sales Qualified Lead", "opportunity": "Opportunity", "customer": "Customer",
    "NEW": "New", "IN_PROGRESS": "In Progress", "CONNECTED": "Connected", "OPEN_DEAL": "Open Deal",
    "UNQUALIFIED": "Unqualified", "BAD_TIMING": "Bad Timing",
}  # fmt: skip

MACROS = r"""
CREATE MACRO hs_time(s) AS strftime(make_timestamp(s * 1000000), '%Y-%m-%d %H:%M');
CREATE MACRO hs_contact(n) AS 51 + 50 * n::BIGINT;
CREATE MACRO hs_company(n) AS 6140000007 + 13 * n::BIGINT;
CREATE MACRO hs_deal(n) AS 9020000011 + 17 * n::BIGINT;
CREATE MACRO hs_owner(n) AS 70101 + n % 12;
CREATE MACRO hs_created(s) AS s - 5;
CREATE MACRO hs_uuid(text) AS
    regexp_replace(md5(text), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\1-\2-\3-\4-\5')
"""
# HubSpot allows an address once, so that every second record of a human ends merged into the first; where
# the other CRM would keep both, within the hour.
MERGES = """
CREATE TABLE merges AS
SELECT row, original,
       CASE WHEN is_merged THEN merged_at ELSE created_at + 600 + row % 2400 END AS merged_at
FROM persons WHERE original >= 0
"""
# A contact has the company of its address; sales adds that of those who came with a private one.
CONTACTS = """
CREATE VIEW contacts AS
SELECT row, first_name, last_name, email, title_text, company_name, industry_text, country_text,
       employee_count, change_field, change_at, old_text, new_text, is_test, s.status, s.has_rep, s.reason,
       s.left_at, s.modified_at, g.name AS campaign_name, channel_text,
       hs_created(p.created_at) AS created_at,
       CASE WHEN blank_source THEN 'Direct Traffic' ELSE c.source END AS traffic_source,
       CASE WHEN NOT blank_source THEN c.detail END AS source_detail,
       company, CASE WHEN is_test OR is_competitor OR is_student THEN NULL
                     WHEN free_mail < 0 THEN hs_created(p.created_at) ELSE s.sql_at END AS company_since
FROM persons p JOIN states s USING (row) JOIN traffic_sources c ON c.code = p.channel
LEFT JOIN (SELECT campaign, name FROM campaigns) g USING (campaign)
WHERE original < 0
"""
# One deal in 33 that was not made by the conversion never got its contact.
SOLD = """
CREATE VIEW sold AS
SELECT d.*, at_conversion OR row % 33 > 0 AS has_contact FROM deals d WHERE created_at < world_end()
"""


def add_portal(store: Store) -> None:
    """Macros, words, `contacts`, `merges` and `sold`: what every HubSpot file is written from."""
    store.run(MACROS)
    store.append(
        "traffic_sources",
        {
            "code": range(len(SOURCES)), "source": [source for source, _ in SOURCES],
            "detail": [detail for _, detail in SOURCES],
        },
    )  # fmt: skip
    names, labels, probabilities = zip(*STAGES, strict=True)
    store.append(
        "deal_stages",
        {"stage": range(len(STAGES)), "name": names, "label": labels, "probability": probabilities},
    )
    store.append("labels", {"name": list(LABELS), "label": list(LABELS.values())})
    for sql in (MERGES, CONTACTS, SOLD):
        store.run(sql)
