-- One row per lead and period [valid_from, valid_to): fit score, exclusion and channel as its attributes and the rules stood.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook='{{ forget_changed_leads() }}') }}
with
fit as (
    select lead_id, valid_from, sum(points) as fit_score from {{ ref('int_lead_fit_rules') }} group by lead_id, valid_from
)

select
    p.lead_id,
    p.valid_from,
    p.valid_to,
    p.channel,
    cast(coalesce(f.fit_score, 0) as double) as fit_score,
    x.lead_id is not null as is_excluded,
    x.excluded_reason
from {{ ref('int_lead_attribute_periods') }} as p
{{ of_changed_leads('p') }}
left join fit as f on p.lead_id = f.lead_id and p.valid_from = f.valid_from
left join {{ ref('int_lead_exclusions') }} as x on p.lead_id = x.lead_id and p.valid_from = x.valid_from
