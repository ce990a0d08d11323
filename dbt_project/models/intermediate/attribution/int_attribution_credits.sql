-- One row per conversion and touch that led to it, with the touch's credit in every model; one row without a touch where none did.
with
conversions as (
    select *, row_number() over (order by lead_id, conversion, conversion_id) as number
    from {{ ref('int_attribution_conversions') }}
),

known as (
    select
        c.number, t.campaign_id, t.channel, t.touched_at, t.is_date_only,
        {{ local_date('t.touched_at', 't.is_date_only') }} as touched_on,
        t.kind = 'creation' and t.campaign_id is null as is_source_only,
        -- Within a day a date alone comes after the instants.
        epoch_us(t.touched_at) + if(t.is_date_only, 172800000000, 0) as place
    from conversions as c
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
        min(place) as place,
        arg_min(channel, place) as channel,
        arg_min(touched_at, place) as touched_at,
        bool_and(is_date_only) as is_date_only
    from known
    group by number, campaign_id, touched_on, is_source_only
),

-- A lead that a campaign brought did not come by its source besides.
brought as (
    select number, min(touched_on) as first_on from touches where not is_source_only group by number
),

ordered as (
    select
        t.*,
        row_number() over (
            partition by t.number order by t.touched_on, t.place, t.campaign_id nulls first
        ) as touch_number,
        {{ not_before('c.lead_created_at', 'c.lead_created_is_date_only', 't.touched_at', 't.is_date_only') }} as is_before_lead,
        {{ not_before('c.opportunity_at', 'c.opportunity_is_date_only', 't.touched_at', 't.is_date_only') }} as is_before_opportunity,
        pow(2.0, -greatest({{ days_between('t.touched_at', 'c.converted_at') }}, 0.0) / {{ attribution_half_life_days() }}) as weight
    from touches as t
    inner join conversions as c on t.number = c.number
    left join brought as b on t.number = b.number and t.is_source_only
    where b.first_on is null or t.touched_on < b.first_on
),

-- Anchors that a touch can be: the first touch, and the last one not after a milestone.
paths as (
    select
        p.*,
        c.conversion, c.conversion_id, c.week, c.amount,
        if(c.conversion in ('customer', 'won_amount'), touches, null) as closing_touch,
        {%- for shape, anchors in {
            'u': '1, lead_touch', 'w': '1, lead_touch, opportunity_touch', 'full': '1, lead_touch, opportunity_touch, closing_touch'
        }.items() %}
        list_count([{{ anchors }}]) as anchors_{{ shape }},
        touches - list_unique([{{ anchors }}]) as others_{{ shape }}{{ ',' if not loop.last }}
        {%- endfor %}
    from conversions as c
    left join (
        select
            number,
            count(*) as touches,
            max(touch_number) filter (where is_before_lead) as lead_touch,
            max(touch_number) filter (where is_before_opportunity) as opportunity_touch,
            sum(weight order by touch_number) as weights
        from ordered
        group by number
    ) as p on c.number = p.number
),

anchored as (
    select
        p.*, t.channel, t.campaign_id, t.touched_at, t.is_date_only, t.touch_number, t.weight,
        cast(t.touch_number = 1 as integer) + coalesce(cast(t.touch_number = p.lead_touch as integer), 0) as own_u,
        own_u + coalesce(cast(t.touch_number = p.opportunity_touch as integer), 0) as own_w,
        own_w + coalesce(cast(t.touch_number = p.closing_touch as integer), 0) as own_full
    from paths as p
    left join ordered as t on p.number = t.number
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
    coalesce(weight / weights, 1.0) as time_decay_credit
from anchored
