-- One row per Pardot prospect: its newest version known by the as-of day.
{{ newest_copy('stg_pardot__prospect_copies') }}
