-- One row per submission of a HubSpot form; copies of it in several files are one.
select
    {{ form_submission_key() }} as activity_id,
    contact_id as hubspot_contact_id,
    {{ clean_email('email') }} as email,
    form_id,
    {{ clean_text('title') }} as title,
    {{ clean_text('page_url') }} as page_url,
    "timestamp" as occurred_at
from {{ source('raw', 'hubspot_form_submission') }}
qualify row_number() over (partition by {{ form_submission_key() }} order by _content, _file_hash, _record) = 1
