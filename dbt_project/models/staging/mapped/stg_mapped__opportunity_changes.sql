-- One row per mapped change of an opportunity: its newest version known by the as-of day.
select
    opportunity_id,
    change_id,
    stage,
    amount,
    changed_at,
    changed_at_is_date
from {{ source('raw', 'mapped_opportunity_change') }}
{{ newest_version("opportunity_id, changed_at, coalesce(change_id, ''), coalesce(stage, '')", "changed_at") }}
