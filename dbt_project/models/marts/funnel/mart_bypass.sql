-- One row per month × channel, with `(all)` rows: SQLs that did not come from an MQL.
with counts as (
    select
        cast(date_trunc('month', sql_on) as date) as month,
        {{ or_all('channel') }} as channel,
        count(*) as sqls
        {%- for origin in ['mql', 'without_mql', 'before_mql', 'after_other_outcome'] %},
        count(*) filter (where origin = '{{ origin }}') as {{ 'from_mql' if origin == 'mql' else origin }}
        {%- endfor %},
        without_mql + before_mql as bypasses
    from {{ ref('int_sql_origins') }}
    group by grouping sets ((month, channel), (month))
)

select
    *,
    {{ ratio('bypasses', 'sqls') }} as bypass_rate,
    {{ wilson_low('bypasses', 'sqls') }} as bypass_low,
    {{ wilson_high('bypasses', 'sqls') }} as bypass_high
from counts
