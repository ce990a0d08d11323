"""The truth of a sample world whose extracts are HubSpot's."""

from __future__ import annotations

from orchestration.sample.truth import Dialect

README = """# Truth of the sample world

The pipeline never reads this folder. Times are UTC, to the second; rates are shares (0 to 1).

| file | one row per |
|---|---|
| `leads.csv` | lead record of the world |
| `mqls.csv` | marking of a contact as MQL |
| `bypasses.csv` | contact that sales made an SQL without it ever being marked MQL |
| `deals.csv` | deal before the end of the world |
| `channel_rates.csv` | channel, `(all)` for the total |
| `weekly_rates.csv` | Monday of the week of the marking |
| `world.json` | the parameters |

What HubSpot makes of the world:

- It allows an address once. Every second record of a human (`merged_into`) therefore ends merged into the
  first, within the hour where another CRM would keep both: it is no row of `contacts`, but an id in
  Merged Contact IDs and a row of `contact_merges`. Its form submissions are those of the contact that stays.
- MQL is the lifecycle stage marketingqualifiedlead, SQL salesqualifiedlead, followed by opportunity and
  customer seconds after a deal of the contact is created and won. Disqualified is the lead status UNQUALIFIED
  (why: the portal's own property Disqualified Reason), recycled BAD_TIMING; then the stage is cleared and set
  back to lead, as HubSpot demands.
- The stage dates of a record are those of the latest entry, to the minute like all its times. Contacts with
  number % 20 = 11 (number: contact id less 51, divided by 50) that were never recycled have no property
  history, only those dates.
- The property history holds the newest 45 revisions of a contact's property, 20 of a deal's.
- Page visits, booth visits and attendance are not in HubSpot's exports, registrations are (as forms). Half of
  what machines open and click is marked (filteredEvent).

Excluded from the rates (`is_excluded`): competitors. Test records and duplicates are never marked MQL.

- **leads.csv**: person (records of one human share it), hubspot_contact_id, merged_into and merged_at (blank:
  a contact at the end), email, channel (the true one), hubspot_source (the traffic source that HubSpot shows
  for it; Direct Traffic where the source was lost, 4 %; blank: merged away), campaign (name), created_at,
  quality (hidden, standard units; decides the conversion), fit and intent (its parts), is_test,
  is_competitor, is_student.
- **mqls.csv**: person, hubspot_contact_id, episode (from 1), mql_at, channel, hubspot_source, campaign,
  is_excluded, quality (at this marking), p_sql (true probability that this episode ever ends in an SQL),
  qualified_at (lead status CONNECTED minutes before the SQL, blank if there was none), sql_at (**even if
  after the end of the world**), disqualified_at, disqualified_reason, recycled_at (both may lie after the
  end, too; all three blank: sales never decides).
- **deals.csv**: hubspot_deal_id, hubspot_contact_id (its person, **even where the deal does not name it**),
  has_contact, created_at, closed_at (blank: open at the end), is_won, amount.
"""
LEADS = """
SELECT person, hs_contact(p.row) AS hubspot_contact_id, hs_contact(m.original) AS merged_into,
       mkto_time(m.merged_at) AS merged_at, p.email, p.channel_text AS channel,
       traffic_source AS hubspot_source, campaign_name AS campaign,
       mkto_time(hs_created(p.created_at)) AS created_at,
       round(quality, 4) AS quality, round(fit, 4) AS fit, round(intent, 4) AS intent,
       p.is_test, is_competitor, is_student
FROM persons p LEFT JOIN contacts c ON c.row = p.row LEFT JOIN merges m ON m.row = p.row ORDER BY p.row
"""
DEALS = """
SELECT hs_deal(row) AS hubspot_deal_id, hs_contact(row) AS hubspot_contact_id, has_contact,
       mkto_time(created_at) AS created_at, mkto_time(seen(closed_at)) AS closed_at,
       won AND closed_at < world_end() AS is_won, amount
FROM sold ORDER BY row
"""
HUBSPOT = Dialect(
    README,
    "hs_contact(row) AS hubspot_contact_id",
    "traffic_source AS hubspot_source, campaign_name AS campaign",
    "marked JOIN (SELECT row, traffic_source, campaign_name FROM contacts) USING (row)",
    {"leads": LEADS, "deals": DEALS},
)
