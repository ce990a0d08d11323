-- One row per mapped lead: its newest version known by the as-of day.
{{ newest_copy('stg_mapped__lead_copies') }}
