-- One row per row of seeds/channel_gates.csv and activity type that opens the gate, with its validity [from_at, to_at).
with
numbered as (
    -- rows without a key of their own: equal rows are one gate
    select row_number() over (order by channel nulls first, activity_types, valid_from nulls first, valid_to nulls first) as gate_number, *
    from (select distinct channel, activity_types, valid_from, valid_to from {{ ref('channel_gates') }})
)

select
    gate_number,
    nullif(trim(channel), '') as channel,
    activity_type,
    coalesce({{ local_midnight('valid_from') }}, timestamp '0001-01-01') as from_at,
    coalesce({{ local_midnight('valid_to') }}, timestamp '9999-12-31') as to_at
from numbered, unnest({{ parts('activity_types') }}) as listed (activity_type)
