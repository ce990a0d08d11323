-- One row per scoring rule version, with its validity [valid_from_at, valid_to_at) as instants.
select
    rule_id,
    kind,
    field,
    operator,
    value,
    points,
    half_life_days,
    max_count,
    window_days,
    valid_from,
    coalesce({{ local_midnight('valid_from') }}, timestamp '0001-01-01') as valid_from_at,
    coalesce({{ local_midnight('valid_to') }}, timestamp '9999-12-31') as valid_to_at,
    -- Calls and meetings are sales' own activity: a hand-off's peak score leaves them out.
    not {{ is_sales_touch('field') }} as is_marketing
from {{ ref('scoring_rules') }}
