-- One row per click in a HubSpot mailing with its link; copies of it in several files are one.
select
    id as email_event_id,
    {{ clean_text('url') }} as url
from {{ source('raw', 'hubspot_email_event_click') }}
qualify row_number() over (partition by id order by _content, _file_hash, _record) = 1
