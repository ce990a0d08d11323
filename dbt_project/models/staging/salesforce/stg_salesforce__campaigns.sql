-- One row per Salesforce campaign: its newest version known by the as-of day.
select * exclude (versioned_at, _extracted_at, _content, _file_hash, _record)
from {{ ref('stg_salesforce__campaign_copies') }}
{{ newest_version('campaign_id', 'versioned_at') }}
