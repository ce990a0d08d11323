-- A returned row is a file with records that were neither loaded nor quarantined.
select *
from {{ ref('mart_data_quality') }}
where records <> loaded + quarantined or superseded > loaded
