-- One row per HubSpot contact: its newest version known by the as-of day.
{{ newest_copy('stg_hubspot__contact_copies') }}
