-- One row per conversion and touch that led to it, with the touch's credit in every model; one row without a touch where none did.
with
known as (
    select
        c.conversion, c.conversion_id, c.converted_at, c.is_date_only as converted_is_date_only,
        t.campaign_id, t.channel, t.touched_at, t.is_date_only,
        {{ local_date('t.touched_at', 't.is_date_only') }} as touched_on,
        t.kind = 'creation' and t.campaign_id is null as is_source_only
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

-- What a lead does in one campaign on one day is one touch, at its earliest instant; a date alone comes after the instants of its day.
touches as (
    select
        conversion, conversion_id, converted_at, campaign_id, touched_on, is_source_only,
        arg_min(channel, (is_date_only, touched_at)) as channel,
        arg_min(touched_at, (is_date_only, touched_at)) as touched_at,
        bool_and(is_date_only) as is_date_only
    from known
    group by conversion, conversion_id, converted_at, campaign_id, touched_on, is_source_only
    -- A lead that a campaign brought did not come by its source besides.
    qualify not is_source_only
        or touched_on < coalesce(
            min(touched_on) filter (where not is_source_only) over (partition by conversion, conversion_id), date '9999-12-31'
        )
),

-- Anchors that a touch can be: the first touch, and the last one not after a milestone.
ordered as (
    select
        t.*,
        row_number() over in_order as touch_number,
        count(*) over (partition by t.conversion, t.conversion_id) as touches,
        {{ not_before('c.lead_created_at', 'c.lead_created_is_date_only', 't.touched_at', 't.is_date_only') }} as is_before_lead,
        {{ not_before('c.opportunity_at', 'c.opportunity_is_date_only', 't.touched_at', 't.is_date_only') }} as is_before_opportunity,
        pow(2.0, -greatest({{ days_between('t.touched_at', 't.converted_at') }}, 0.0) / {{ attribution_half_life_days() }}) as weight
    from touches as t
    inner join {{ ref('int_attribution_conversions') }} as c on t.conversion = c.conversion and t.conversion_id = c.conversion_id
    window in_order as (
        partition by t.conversion, t.conversion_id
        order by t.touched_on, t.is_date_only, t.touched_at, t.campaign_id nulls first
    )
),

milestones as (
    select
        *,
        max(touch_number) filter (where is_before_lead) over of_conversion as lead_touch,
        max(touch_number) filter (where is_before_opportunity) over of_conversion as opportunity_touch,
        if(conversion in ('customer', 'won_amount'), touches, null) as closing_touch,
        weight / sum(weight) over (
            partition by conversion, conversion_id order by touch_number
            rows between unbounded preceding and unbounded following
        ) as decayed_share
    from ordered
    window of_conversion as (partition by conversion, conversion_id)
),

anchors as (
    select
        *,
        cast(touch_number = 1 as integer) + coalesce(cast(touch_number = lead_touch as integer), 0) as own_u,
        own_u + coalesce(cast(touch_number = opportunity_touch as integer), 0) as own_w,
        own_w + coalesce(cast(touch_number = closing_touch as integer), 0) as own_full
    from milestones
),

counted as (
    select
        *,
        {%- for shape in ['u', 'w', 'full'] %}
        sum(own_{{ shape }}) over of_conversion as anchors_{{ shape }},
        count(*) filter (where own_{{ shape }} = 0) over of_conversion as others_{{ shape }}{{ ',' if not loop.last }}
        {%- endfor %}
    from anchors
    window of_conversion as (partition by conversion, conversion_id)
)

select
    c.conversion,
    c.conversion_id,
    c.week,
    c.amount,
    case when t.conversion_id is null then {{ unattributed() }} else {{ or_none('t.channel') }} end as channel,
    case when t.conversion_id is null then {{ unattributed() }} else {{ or_none('t.campaign_id') }} end as campaign_id,
    t.touched_at,
    t.is_date_only,
    coalesce(t.touch_number, 0) as touch_number,
    coalesce(cast(t.touch_number = 1 as double), 1.0) as first_credit,
    coalesce(cast(t.touch_number = t.touches as double), 1.0) as last_credit,
    coalesce(1.0 / t.touches, 1.0) as linear_credit,
    coalesce(if(t.touches = 2, 0.5, {{ anchored_credit(0.8, 't.own_u', 't.anchors_u', 't.others_u') }}), 1.0) as u_shaped_credit,
    coalesce({{ anchored_credit(0.9, 't.own_w', 't.anchors_w', 't.others_w') }}, 1.0) as w_shaped_credit,
    coalesce({{ anchored_credit(0.9, 't.own_full', 't.anchors_full', 't.others_full') }}, 1.0) as full_path_credit,
    coalesce(t.decayed_share, 1.0) as time_decay_credit
from {{ ref('int_attribution_conversions') }} as c
left join counted as t on c.conversion = t.conversion and c.conversion_id = t.conversion_id
