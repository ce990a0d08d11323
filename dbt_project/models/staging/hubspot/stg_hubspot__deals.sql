-- One row per HubSpot deal: its newest version known by the as-of day.
select
    {{ record_key('hubspot', 'deal', 'hs_object_id') }} as opportunity_id,
    {{ clean_text('dealname') }} as name,
    {{ clean_text('pipeline') }} as pipeline,
    {{ clean_text('dealstage') }} as stage,
    coalesce(amount_in_home_currency, amount) as amount,
    case
        when hs_is_closed is not null then hs_is_closed
        when hs_is_closed_won or hs_is_closed_lost then true
        when not hs_is_closed_won and not hs_is_closed_lost then false
    end as is_closed,
    hs_is_closed_won as is_won,
    coalesce(closedate, hs_closed_won_date) as closed_at,
    {{ clean_text('hs_campaign') }} as campaign,
    associated_contact_ids as contact_ids,
    associated_company_ids as account_ids,
    hs_merged_object_ids as merged_ids,
    hs_salesforceopportunityid as salesforce_opportunity_id,
    stage_dates,
    coalesce(archived, false) as is_deleted,
    createdate as created_at,
    coalesce(hs_lastmodifieddate, createdate) as modified_at
from {{ source('raw', 'hubspot_deal') }}
{{ newest_version("hs_object_id", "coalesce(hs_lastmodifieddate, createdate)", is_deleted="archived") }}
