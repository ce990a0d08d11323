-- One row per month × stage (mql, sql): the sources' own count beside Bandpass's, and what the difference consists of.
with
-- What each record says of itself; the same stage again without another in between is said once.
marks as (
    select
        lead_id,
        stage,
        record_key,
        cast(date_trunc('month', {{ local_date('entered_at', 'is_date_only') }}) as date) as month
    from (
        select *, lag(stage) over (
            partition by record_key order by {{ local_date('entered_at', 'is_date_only') }}, entered_at, tie_order, field
        ) as previous_stage
        from {{ ref('int_stage_evidence') }}
        where source <> 'opportunity'
    )
    where stage in ('mql', 'sql') and stage is distinct from previous_stage
),

marked as (
    select month, stage, lead_id, count(*) as marks, count(distinct record_key) as records
    from marks
    group by month, stage, lead_id
),

counted as (
    select month, stage, lead_id, count(*) as entries
    from (
        select lead_id, 'mql' as stage,
            cast(date_trunc('month', {{ local_date('mql_at', 'mql_at_is_date_only') }}) as date) as month
        from {{ ref('fct_mql_episodes') }}
        union all
        select lead_id, 'sql', cast(date_trunc('month', {{ local_date('sql_at', 'sql_at_is_date_only') }}) as date)
        from {{ ref('fct_mql_episodes') }}
        where outcome = 'sql'
    )
    group by month, stage, lead_id
),

-- SQLs of leads that had not become MQL first.
bypasses as (
    select distinct lead_id, 'sql' as stage, cast(date_trunc('month', sql_on) as date) as month
    from {{ ref('int_sql_origins') }}
    where origin in ('without_mql', 'before_mql')
),

both_sides as (
    select
        month,
        stage,
        lead_id,
        coalesce(m.marks, 0) as marks,
        coalesce(c.entries, 0) as entries,
        greatest(coalesce(m.marks, 0) - coalesce(c.entries, 0), 0) as surplus,
        greatest(coalesce(c.entries, 0) - coalesce(m.marks, 0), 0) as missing,
        greatest(coalesce(m.records, 0) - 1, 0) as copies
    from marked as m
    full join counted as c using (month, stage, lead_id)
),

-- What the sources count and Bandpass does not, by its first reason; then what only Bandpass counts.
reasons as (
    select
        b.month,
        b.stage,
        b.marks,
        b.entries,
        b.missing,
        if(l.is_excluded, b.surplus, 0) as excluded,
        if(l.is_excluded, 0, least(b.surplus, b.copies)) as merged,
        if(y.lead_id is null, 0, b.surplus - excluded - merged) as bypass,
        b.surplus - excluded - merged - bypass as others,
        if(a.lead_id is null, b.missing, 0) as inferred
    from both_sides as b
    left join {{ ref('dim_leads') }} as l on b.lead_id = l.lead_id
    left join bypasses as y on b.lead_id = y.lead_id and b.stage = y.stage and b.month = y.month
    left join (select distinct lead_id, stage from marked) as a on b.lead_id = a.lead_id and b.stage = a.stage
)

select
    month,
    stage,
    cast(sum(marks) as bigint) as crm_count,
    cast(sum(entries) as bigint) as bandpass_count,
    bandpass_count - crm_count as difference,
    cast(-sum(excluded) as bigint) as excluded,
    cast(-sum(bypass) as bigint) as bypass,
    cast(-sum(merged) as bigint) as merged,
    cast(sum(inferred) as bigint) as inferred,
    cast(sum(missing - inferred - others) as bigint) as other
from reasons
group by month, stage
