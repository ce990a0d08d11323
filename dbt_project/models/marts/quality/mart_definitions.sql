-- One row per published rate or number: the register of what each one means.
select
    metric,
    table_name,
    basis,
    numerator,
    denominator,
    "window",
    version,
    plain_words
from {{ ref('metric_definitions') }}
