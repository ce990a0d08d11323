-- One row per Marketo program: its newest version known by the as-of day.
select * exclude (versioned_at, _extracted_at, _content, _file_hash, _record)
from {{ ref('stg_marketo__program_copies') }}
{{ newest_version('program_id', 'versioned_at') }}
