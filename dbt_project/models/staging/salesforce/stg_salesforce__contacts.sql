-- One row per Salesforce contact: its newest version known by the as-of day.
{{ newest_copy('stg_salesforce__contact_copies') }}
