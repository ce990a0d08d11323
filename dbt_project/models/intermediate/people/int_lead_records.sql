-- One row per source record of a person (CRM lead or contact, person of a marketing tool, mapped lead) created by the as-of day.
with
unioned as (
    select record_key, 'salesforce_lead' as record_type, 2 as priority, salesforce_lead_id as record_id, email, first_name,
        last_name, title, null as seniority, null as job_role, company, industry, employee_count, annual_revenue,
        null as budget, country, null as is_student, lead_source, null as campaign_id, converted_account_id as account_id,
        null as custom_1, null as custom_2, null as custom_3, null as custom_4, null as custom_5, disqualified_reason,
        is_deleted, created_at, false as created_at_is_date, modified_at
    from {{ ref('stg_salesforce__leads') }}
    union all by name
    select record_key, 'salesforce_contact' as record_type, 1 as priority, salesforce_contact_id as record_id, email,
        first_name, last_name, title, country, lead_source, account_id, is_deleted, created_at,
        false as created_at_is_date, modified_at
    from {{ ref('stg_salesforce__contacts') }}
    union all by name
    select record_key, 'marketo_lead' as record_type, 3 as priority, marketo_lead_id as record_id, email, first_name,
        last_name, title, company, industry, employee_count, annual_revenue, country, lead_source, false as is_deleted, created_at,
        false as created_at_is_date, modified_at
    from {{ ref('stg_marketo__leads') }}
    union all by name
    select record_key, 'hubspot_contact' as record_type, 3 as priority, hubspot_contact_id as record_id, email, first_name,
        last_name, title, seniority, job_role, company, industry, employee_count, annual_revenue, country, lead_source,
        first_campaign as campaign_id, company_id as account_id, disqualified_reason, is_deleted, created_at, false as created_at_is_date,
        modified_at
    from {{ ref('stg_hubspot__contacts') }}
    union all by name
    select record_key, 'pardot_prospect' as record_type, 3 as priority, pardot_prospect_id as record_id, email, first_name,
        last_name, title, company, industry, employee_count, annual_revenue, country, lead_source, campaign_id,
        salesforce_account_id as account_id, is_deleted, created_at, false as created_at_is_date, modified_at
    from {{ ref('stg_pardot__prospects') }}
    union all by name
    select record_key, 'mapped_lead' as record_type, 4 as priority, mapped_lead_id as record_id, email, first_name,
        last_name, title, seniority, job_role, company, industry, employee_count, annual_revenue, budget, country,
        is_student, lead_source, campaign_id, account_id, custom_1, custom_2, custom_3, custom_4, custom_5,
        disqualified_reason, is_deleted,
        coalesce(created_at, least(mql_at, sql_at, opportunity_at, customer_at, modified_at)) as created_at,
        -- without a creation date, the first date there is
        case
            when created_at is not null then coalesce(created_at_is_date, false)
            {%- for time in ['mql_at', 'sql_at', 'opportunity_at', 'customer_at', 'modified_at'] %}
            when {{ time }} = least(mql_at, sql_at, opportunity_at, customer_at, modified_at) then coalesce({{ time }}_is_date, false)
            {%- endfor %}
            else false
        end as created_at_is_date, modified_at
    from {{ ref('stg_mapped__leads') }}
),

merged as (
    select
        *,
        record_key in (
            select l.absorbed_key from {{ ref('int_lead_explicit_links') }} as l where l.absorbed_key is not null
        ) as is_absorbed
    from unioned
)

select
    record_key,
    record_type,
    -- A record that is gone only fills what no living one knows.
    priority + if(is_deleted or is_absorbed, 10, 0) as priority,
    record_id,
    email,
    first_name,
    last_name,
    title,
    cast(seniority as varchar) as seniority,
    cast(job_role as varchar) as job_role,
    company,
    industry,
    cast(employee_count as bigint) as employee_count,
    cast(annual_revenue as double) as annual_revenue,
    cast(budget as double) as budget,
    country,
    cast(is_student as boolean) as is_student,
    lead_source,
    cast(campaign_id as varchar) as campaign_id,
    account_id,
    cast(custom_1 as varchar) as custom_1,
    cast(custom_2 as varchar) as custom_2,
    cast(custom_3 as varchar) as custom_3,
    cast(custom_4 as varchar) as custom_4,
    cast(custom_5 as varchar) as custom_5,
    disqualified_reason,
    is_deleted,
    is_absorbed,
    coalesce(created_at, modified_at, {{ local_midnight(as_of_day()) }}) as created_at,
    created_at_is_date,
    modified_at
from merged
where coalesce(
        if(created_at_is_date, {{ end_of_date('created_at') }}, created_at), modified_at, {{ local_midnight(as_of_day()) }}
    ) < {{ as_of_end() }}
