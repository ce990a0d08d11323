-- One row per Salesforce lead and stage date written on it: as its newest version known by the as-of day has it.
with
leads as (
    select *
    from {{ source('raw', 'salesforce_lead') }}
    {{ newest_version("Id", "coalesce(SystemModstamp, LastModifiedDate, CreatedDate)") }}
),

stage_dates as (
    {%- for field in ['mql_date__c', 'mql_datetime__c', 'inquiry_datetime__c', 'accepted_datetime__c', 'qualifying_datetime__c',
        'qualified_datetime__c', 'unqualified_datetime__c', 'nurture_datetime__c'] %}
    select {{ record_key('salesforce', 'lead', 'Id') }} as record_key, '{{ field }}' as field,
        cast({{ field }} as timestamp) as entered_at, typeof({{ field }}) = 'DATE' as is_date_only
    from leads
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select record_key, field, entered_at, is_date_only
from stage_dates
where entered_at is not null
