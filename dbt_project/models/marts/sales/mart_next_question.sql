-- One row per lead that is marketing's to develop and lacks an attribute fit rules ask for: the attribute whose answer
-- would most likely change whether the lead meets the score criteria today.
{%- set prior_weight = 20 %}
{%- set min_basis = 30 %}
with
rules as (
    select field, operator, value, points
    from {{ ref('int_scoring_rules') }}
    where kind = 'fit'
        and field in ('{{ askable_attributes() | join("', '") }}')
        and {{ is_in_force_now('valid_from_at', 'valid_to_at') }}
),

-- Fit points of every value that earns or costs some (null: the value missing).
value_points as (
    select t.field, t.attribute_value, sum(r.points) as points
    from {{ ref('int_attribute_tests') }} as t
    inner join rules as r on t.field = r.field and t.operator = r.operator and t.value is not distinct from r.value
    group by t.field, t.attribute_value
),

newest as (
    select * from {{ ref('int_lead_attribute_periods') }} where valid_to is null
),

attributes as (
    select a.lead_id, a.field, a.attribute_value is null as is_missing, coalesce(v.points, 0) as points
    from {{ unpivoted_attributes('newest') }} as a
    left join value_points as v on a.field = v.field and a.attribute_value is not distinct from v.attribute_value
    where a.field in (select field from rules)
),

-- What an answer adds to the fit, over the leads that have given one.
answers as (
    select l.channel, a.field, a.points - coalesce(v.points, 0) as gain, count(*) as leads
    from attributes as a
    inner join {{ ref('dim_leads') }} as l on a.lead_id = l.lead_id
    left join value_points as v on a.field = v.field and v.attribute_value is null
    where not a.is_missing and not l.is_excluded
    group by l.channel, a.field, a.points - coalesce(v.points, 0)
),

overall as (
    select field, gain, sum(leads) as leads, sum(sum(leads)) over (partition by field) as all_leads
    from answers
    group by field, gain
    qualify all_leads >= {{ min_basis }}
),

channels as (
    select c.channel, f.field, coalesce(sum(a.leads), 0) as channel_leads
    from (select distinct channel from {{ ref('int_nurture_leads') }}) as c
    cross join (select distinct field from overall) as f
    left join answers as a on c.channel is not distinct from a.channel and f.field = a.field
    group by c.channel, f.field
),

-- A channel's own shares, with as much of all channels' as {{ prior_weight }} leads weigh.
shares as (
    select
        c.channel, c.field, o.gain, c.channel_leads, o.all_leads,
        (coalesce(a.leads, 0) + {{ prior_weight }} * o.leads / o.all_leads) / (c.channel_leads + {{ prior_weight }}) as share
    from channels as c
    inner join overall as o on c.field = o.field
    left join answers as a on c.channel is not distinct from a.channel and c.field = a.field and o.gain = a.gain
),

questions as (
    select
        l.lead_id,
        a.field as attribute,
        round(coalesce(sum(s.share) filter (
            where {{ meets_criteria('l', 'l.fit_score') }} <> {{ meets_criteria('l', '(l.fit_score + s.gain)') }}
        ), 0), 9) as p_changes_decision,
        round(sum(s.share * s.gain), 9) as expected_points,
        round(sum(s.share * abs(s.gain)), 9) as expected_change,
        max(s.gain) as best_points,
        any_value(s.channel_leads) as n_basis,
        any_value(s.all_leads) as n_basis_all_channels
    from {{ ref('int_nurture_leads') }} as l
    inner join attributes as a on l.lead_id = a.lead_id and a.is_missing
    inner join shares as s on l.channel is not distinct from s.channel and a.field = s.field
    group by l.lead_id, a.field
),

best as (
    select *
    from questions
    qualify row_number() over (partition by lead_id order by p_changes_decision desc, expected_change desc, attribute) = 1
),

missing as (
    select l.lead_id, list(a.field order by a.field) as missing_attributes
    from {{ ref('int_nurture_leads') }} as l
    inner join attributes as a on l.lead_id = a.lead_id and a.is_missing
    group by l.lead_id
)

select
    m.lead_id,
    b.attribute,
    cast(b.p_changes_decision as double) as p_changes_decision,
    cast(b.expected_points as double) as expected_points,
    cast(b.best_points as double) as best_points,
    cast(b.n_basis as bigint) as n_basis,
    cast(b.n_basis_all_channels as bigint) as n_basis_all_channels,
    m.missing_attributes
from missing as m
left join best as b on m.lead_id = b.lead_id
