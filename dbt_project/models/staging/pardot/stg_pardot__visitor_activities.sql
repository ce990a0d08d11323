-- One row per Pardot visitor activity: its newest version known by the as-of day.
select
    {{ record_key('pardot', 'visitor_activity', 'id') }} as activity_id,
    prospect_id as pardot_prospect_id,
    type as vendor_type,
    {{ clean_text('type_name') }} as type_name,
    {{ clean_text('details') }} as details,
    campaign_id,
    coalesce(list_email_id, email_template_id, email_id) as mailing_id,
    created_at as occurred_at
from {{ source('raw', 'pardot_visitor_activity') }}
{{ newest_version("id", "coalesce(updated_at, created_at)") }}
