-- One row per job title that a pattern of seeds/title_seniority.csv recognises.
with
titles as (
    select distinct title from {{ ref('int_lead_record_history') }} where title is not null
)

select t.title, arg_min(s.seniority, (s.priority, s.pattern)) as seniority
from titles as t
inner join {{ ref('title_seniority') }} as s on regexp_matches(lower(t.title), s.pattern)
group by t.title
