-- One row per conversion and touch that led to it, with the touch's credit in every model; one row without a touch where none did.
{%- set after_instants = 2 * 24 * 3600 * 1000000 %}
with
known as (
    select
        c.number, t.campaign_id, t.channel, t.is_date_only,
        {{ local_date('t.touched_at', 't.is_date_only') }} as touched_on,
        t.kind = 'creation' and t.campaign_id is null as is_source_only,
        -- Within a day a date alone comes after the instants.
        epoch_us(t.touched_at) + if(t.is_date_only, {{ after_instants }}, 0) as place
    from {{ ref('int_attribution_conversions') }} as c
    inner join {{ ref('fct_touches') }} as t
        on c.lead_id = t.lead_id
        and t.known_at <= c.known_at and (t.known_until is null or t.known_until > c.known_at)
        and {{ not_before('c.converted_at', 'c.is_date_only', 't.touched_at', 't.is_date_only') }}
    where if(
        c.is_date_only or t.is_date_only,
        {{ local_date('c.converted_at', 'c.is_date_only') }} - {{ local_date('t.touched_at', 't.is_date_only') }}
            <= {{ attribution_lookback_days() }},
        c.converted_at <= t.touched_at + to_hours(24 * {{ attribution_lookback_days() }})
    )
),

-- What a lead does in one campaign on one day is one touch, at its earliest instant.
touches as (
    select
        number, campaign_id, touched_on, is_source_only,
        arg_min(channel, place) as channel,
        min(place) as place,
        bool_and(is_date_only) as is_date_only,
        make_timestamp(min(place) - if(bool_and(is_date_only), {{ after_instants }}, 0)) as touched_at
    from known
    group by number, campaign_id, touched_on, is_source_only
),

-- A lead that a campaign brought did not come by its source besides.
brought as (
    select number, min(touched_on) as first_on from touches where not is_source_only group by number
),

weighted as (
    select
        t.*,
        {{ not_before('c.lead_created_at', 'c.lead_created_is_date_only', 't.touched_at', 't.is_date_only') }} as is_before_lead,
        {{ not_before('c.opportunity_at', 'c.opportunity_is_date_only', 't.touched_at', 't.is_date_only') }} as is_before_opportunity,
        pow(2.0, -greatest({{ days_between('t.touched_at', 'c.converted_at') }}, 0.0) / {{ attribution_half_life_days() }}) as weight
    from touches as t
    inner join {{ ref('int_attribution_conversions') }} as c on t.number = c.number
    left join brought as b on t.number = b.number and t.is_source_only
    where b.first_on is null or t.touched_on < b.first_on
),

ordered as (
    select
        *,
        row_number() over (partition by number order by touched_on, place, campaign_id nulls first) as touch_number
    from weighted
),

-- Anchors that a touch can be: the first touch, and the last one not after a milestone.
paths as (
    select
        number,
        count(*) as touches,
        max(touch_number) filter (where is_before_lead) as lead_touch,
        max(touch_number) filter (where is_before_opportunity) as opportunity_touch,
        -- Added up in one order, so that the last digit is the same in every build.
        list_sum(list_sort(list(weight))) as weights
    from ordered
    group by number
),

anchored as (
    select
        c.conversion, c.conversion_id, c.week, c.amount,
        p.touches,
        t.channel, t.campaign_id, t.touched_at, t.is_date_only, t.touch_number, t.weight / p.weights as decayed_share,
        p.lead_touch,
        p.opportunity_touch,
        if(c.conversion in ('customer', 'won_amount'), p.touches, null) as closing_touch,
        -- How many anchors this touch is, how many there are, and how many touches are none, as further milestones are counted.
        cast(t.touch_number = 1 as integer) + coalesce(cast(t.touch_number = lead_touch as integer), 0) as own_u,
        own_u + coalesce(cast(t.touch_number = opportunity_touch as integer), 0) as own_w,
        own_w + coalesce(cast(t.touch_number = closing_touch as integer), 0) as own_full,
        1 + cast(lead_touch is not null as integer) as anchors_u,
        anchors_u + cast(opportunity_touch is not null as integer) as anchors_w,
        anchors_w + cast(closing_touch is not null as integer) as anchors_full,
        touches - 1 - coalesce(cast(lead_touch <> 1 as integer), 0) as others_u,
        others_u - coalesce(cast(opportunity_touch not in (1, coalesce(lead_touch, 1)) as integer), 0) as others_w,
        others_w - coalesce(cast(
            closing_touch not in (1, coalesce(lead_touch, 1), coalesce(opportunity_touch, 1)) as integer
        ), 0) as others_full
    from {{ ref('int_attribution_conversions') }} as c
    left join paths as p on c.number = p.number
    left join ordered as t on c.number = t.number
)

select
    conversion,
    conversion_id,
    week,
    amount,
    case when touches is null then {{ unattributed() }} else {{ or_none('channel') }} end as channel,
    case when touches is null then {{ unattributed() }} else {{ or_none('campaign_id') }} end as campaign_id,
    touched_at,
    is_date_only,
    coalesce(touch_number, 0) as touch_number,
    coalesce(cast(touch_number = 1 as double), 1.0) as first_credit,
    coalesce(cast(touch_number = touches as double), 1.0) as last_credit,
    coalesce(1.0 / touches, 1.0) as linear_credit,
    coalesce(if(touches = 2, 0.5, {{ anchored_credit(0.8, 'own_u', 'anchors_u', 'others_u') }}), 1.0) as u_shaped_credit,
    coalesce({{ anchored_credit(0.9, 'own_w', 'anchors_w', 'others_w') }}, 1.0) as w_shaped_credit,
    coalesce({{ anchored_credit(0.9, 'own_full', 'anchors_full', 'others_full') }}, 1.0) as full_path_credit,
    coalesce(decayed_share, 1.0) as time_decay_credit
from anchored
