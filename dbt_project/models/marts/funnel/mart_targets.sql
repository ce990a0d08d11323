-- One row per planned weekly number and period of days [valid_from, valid_to) in which the plan holds.
select metric, valid_from, valid_to, weekly
from {{ ref('targets') }}
