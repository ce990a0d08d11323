-- One row per Marketo person: its newest version known by the as-of day.
{{ newest_copy('stg_marketo__lead_copies') }}
