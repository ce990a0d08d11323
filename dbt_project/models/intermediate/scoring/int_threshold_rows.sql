-- One row per row of seeds/mql_thresholds.csv, numbered as in the file: of equal dates the lower row counts.
-- A seed is copied into an empty table by one scan, so rowid keeps the file's order; nothing else in a database does.
select *, row_number() over (order by rowid) as row_in_file
from {{ ref('mql_thresholds') }}
