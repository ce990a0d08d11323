-- One row per HubSpot mailing (e-mail campaign), as its newest extract has it.
select
    id as email_campaign_id,
    {{ clean_text('name') }} as name,
    {{ clean_text('subject') }} as subject,
    {{ clean_text('type') }} as type
from {{ source('raw', 'hubspot_email_campaign') }}
qualify row_number() over (partition by id order by _extracted_at desc nulls last, _content, _file_hash, _record) = 1
