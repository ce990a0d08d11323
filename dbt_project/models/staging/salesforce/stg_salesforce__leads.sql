-- One row per Salesforce lead: its newest version known by the as-of day.
{{ newest_copy('stg_salesforce__lead_copies') }}
