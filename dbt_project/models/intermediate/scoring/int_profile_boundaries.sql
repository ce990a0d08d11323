-- One row per instant at which a fit rule or an exclusion comes into or out of force.
select distinct boundary
from (
    select unnest([valid_from_at, valid_to_at]) as boundary from {{ ref('int_scoring_rules') }} where kind = 'fit'
    union all
    select unnest([{{ local_midnight('valid_from') }}, {{ local_midnight('valid_to') }}]) from {{ ref('exclusions') }}
)
where boundary is not null and boundary > timestamp '0001-01-01' and boundary < {{ as_of_end() }}
