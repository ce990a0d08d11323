-- One row per mapped spend record: its newest version known by the as-of day.
select
    spend_id,
    campaign_id,
    channel,
    cost,
    spent_at,
    spent_at_is_date
from {{ source('raw', 'mapped_spend') }}
{{ newest_version("coalesce(spend_id, _file_hash || ':' || _record)", "spent_at") }}
