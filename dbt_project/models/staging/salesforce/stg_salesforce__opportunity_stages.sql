-- One row per stage of Salesforce opportunities as set up in the org; copies of it in several files are one.
select
    {{ clean_text('MasterLabel') }} as stage,
    {{ clean_text('ApiName') }} as api_name,
    SortOrder as sort_order,
    IsClosed as is_closed,
    IsWon as is_won,
    coalesce(IsActive, true) as is_active
from {{ source('raw', 'salesforce_opportunity_stage') }}
qualify row_number() over (
    partition by MasterLabel order by coalesce(IsActive, true) desc, _extracted_at desc nulls last, _content, _file_hash, _record
) = 1
