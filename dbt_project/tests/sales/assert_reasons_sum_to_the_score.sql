-- A returned row is a lead whose reasons do not sum to its score.
select l.lead_id, l.lead_score, coalesce(r.points, 0) as points
from {{ ref('dim_leads') }} as l
left join (select lead_id, sum(points) as points from {{ ref('fct_lead_reasons') }} group by lead_id) as r on l.lead_id = r.lead_id
where abs(l.lead_score - coalesce(r.points, 0)) > 1e-6
