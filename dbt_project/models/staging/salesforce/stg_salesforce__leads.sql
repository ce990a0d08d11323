-- One row per Salesforce lead: its newest version known by the as-of day.
-- A table, because many models read it, and finding the newest version of every lead takes longer than writing it down.
{{ config(materialized='table') }}
{{ newest_copy('stg_salesforce__lead_copies') }}
