create table marts.fct_mql_episodes as
select mql_episode_id, channel, campaign_id, qualified_by, mql_at, date_trunc('week', mql_at)::date as mql_week,
       mql_at + interval 2 hours as handed_off_at, is_explored,
       if(fate = 'sql' and fate_at < seen, fate_at, null) as sql_at,
       if(fate = 'sql' and fate_at + interval 10 days < seen and hash(mql_episode_id) % 2 = 0, fate_at + interval 10 days, null) as opportunity_at,
       if(fate = 'sql' and won and fate_at + interval 50 days < seen and hash(mql_episode_id) % 2 = 0, fate_at + interval 50 days, null) as customer_at,
       if(fate <> 'expired' and fate_at < seen, fate, if(mql_at + interval 90 days < seen, 'expired', 'open')) as outcome,
       if(fate <> 'expired' and fate_at < seen, fate_at, null) as outcome_at
from made, (select timestamp '{as_of}' + interval 1 day as seen);

create table marts.fct_handoffs as
select 'h' || mql_episode_id as handoff_id, mql_episode_id, handed_off_at, channel, is_explored
from marts.fct_mql_episodes;

create table marts.dim_campaigns (campaign_id varchar, name varchar, type varchar, channel varchar, cost double);

create or replace macro share_seen(age) as
    case when age >= 90 then 1.0 else 1 / (1 + exp(-1.6 * (ln(greatest(age, 0.5)) - ln(18)) / 0.8)) end;

create table marts.mart_conversion_weekly as
with steps as (
    select 'mql_to_sql' as step, mql_at as start_at, if(outcome = 'sql', outcome_at, null) as done_at, outcome, channel, campaign_id from marts.fct_mql_episodes
    union all select 'sql_to_opportunity', sql_at, opportunity_at, null, channel, campaign_id from marts.fct_mql_episodes where sql_at is not null
    union all select 'opportunity_to_customer', opportunity_at, customer_at, null, channel, campaign_id from marts.fct_mql_episodes where opportunity_at is not null
    union all select 'mql_to_customer', mql_at, customer_at, null, channel, campaign_id from marts.fct_mql_episodes
),
counted as (
    select date_trunc('week', start_at)::date as cohort_week, coalesce(channel, '(all)') as channel,
           coalesce(campaign_id, '(all)') as campaign_id, step, count(*) as entered, count(done_at) as converted,
           count(*) filter (where done_at <= start_at + interval 90 days) as converted_within_horizon,
           count(*) filter (where outcome in ('sql', 'disqualified', 'recycled')) as resolved,
           avg(share_seen(date_diff('day', start_at, timestamp '{as_of}' + interval 1 day))) as completeness
    from steps
    group by grouping sets ((date_trunc('week', start_at), steps.channel, steps.campaign_id, step), (date_trunc('week', start_at), steps.channel, step),
                            (date_trunc('week', start_at), steps.campaign_id, step), (date_trunc('week', start_at), step))
),
flagged as (
    select *, cohort_week + 97 <= date '{as_of}' + 1 as is_matured, converted / entered as rate_to_date,
           if(completeness >= 0.15, least(1, converted_within_horizon / entered / completeness), null) as rate_projected,
           1.644854 * sqrt(greatest(converted, 1)) / entered / completeness as half
    from counted
)
select cohort_week, channel, campaign_id, step, entered, converted, converted_within_horizon, rate_to_date,
       if(is_matured, converted_within_horizon / entered, null) as rate_matured, converted / nullif(resolved, 0) as rate_resolved,
       completeness, rate_projected, if(rate_projected is null, null, greatest(0, rate_projected - half)) as projected_low,
       if(rate_projected is null, null, least(1, rate_projected + half)) as projected_high, is_matured
from flagged;

create table marts.mart_funnel_period as
with events as (
    select mql_at as happened_at, 'mql' as stage, channel, campaign_id from marts.fct_mql_episodes
    union all select sql_at, 'sql', channel, campaign_id from marts.fct_mql_episodes where sql_at is not null
    union all select opportunity_at, 'opportunity', channel, campaign_id from marts.fct_mql_episodes where opportunity_at is not null
    union all select customer_at, 'customer', channel, campaign_id from marts.fct_mql_episodes where customer_at is not null
)
select date_trunc('week', happened_at)::date as week, coalesce(channel, '(all)') as channel, coalesce(campaign_id, '(all)') as campaign_id,
       6 * count(*) filter (where stage = 'mql') + 17 as leads,
       count(*) filter (where stage = 'mql') as mqls, count(*) filter (where stage = 'sql') as sqls,
       count(*) filter (where stage = 'opportunity') as opportunities, count(*) filter (where stage = 'customer') as customers,
       18000.0 * count(*) filter (where stage = 'customer') as won_amount,
       count(*) filter (where stage = 'sql') / nullif(count(*) filter (where stage = 'mql'), 0) as mql_to_sql_rate
from events
group by grouping sets ((date_trunc('week', happened_at), events.channel, events.campaign_id), (date_trunc('week', happened_at), events.channel),
                        (date_trunc('week', happened_at), events.campaign_id), (date_trunc('week', happened_at)));

create table marts.mart_targets as
select * from (values ('mqls', date '2026-01-01', null::date, 240.0), ('sqls', date '2026-01-01', null::date, 50.0),
                      ('customers', date '2025-01-01', date '2026-01-01', 99.0)) as plan(metric, valid_from, valid_to, weekly);

create table marts.mart_threshold_curve as
select timestamp '{as_of}' + interval 1 day as as_of, 'global' as segment, threshold::double as threshold, rate,
       greatest(0, rate - 0.03 - 0.002 * abs(threshold - 60)) as rate_low, rate + 0.03 + 0.002 * abs(threshold - 60) as rate_high,
       if(rate between 0.15 and 0.3, 0.9, 0.2) as p_in_band, 900 * exp(-threshold / 44.0) as mqls_per_week,
       900 * exp(-threshold / 44.0) * rate as sqls_per_week, threshold >= 55 as is_identified
from (select threshold, 0.04 + 0.5 / (1 + exp(-(threshold - 72) / 12.0)) as rate from (select unnest(range(30, 91)) as threshold));

create table marts.mart_threshold_suggestions as
select 's_1a2b3c4d5e6f' as suggestion_id, null::varchar as decision, null::timestamp as decided_at, null::varchar as decided_by,
       null::varchar as decision_note, timestamp '{as_of}' + interval 1 day as as_of, 'global' as segment, 60.0 as current_threshold, 66.0 as suggested_threshold,
       64.0 as equivalent_low, 69.0 as equivalent_high, 'CHANGE' as status, 'At 60 the expected final MQL to SQL rate is 16% (12% to 18%). Raise to 66: expected final 21% (18% to 25%). Not tested below 55: (almost) no lead below it was handed to sales.' as reasons,
       0.155 as rate_now, 0.125 as rate_now_low, 0.185 as rate_now_high, 0.21 as rate_after, 0.18 as rate_after_low, 0.25 as rate_after_high,
       0.62 as p_in_band_now, 0.995 as p_in_band_after, 230.2 as mqls_per_week_now, 200.9 as mqls_per_week_after,
       40.1 as sqls_per_week_now, 39.2 as sqls_per_week_after, 0.09 as marginal_rate, 0.17 as worst_case_rate, true as is_identified,
       11012 as handed_off_leads, 2101 as sqls, null::boolean as splits_off, 'abc' as settings_hash, 20260101 as seed
union all
select 's_2b3c4d5e6f70', null, null, null, null, timestamp '{as_of}' + interval 1 day, 'paid_social', 60.0, 71.0, 69.0, 73.0, 'CHANGE', '',
       0.12, 0.10, 0.15, 0.20, 0.16, 0.24, 0.1, 0.9, 34.0, 22.0, 4.1, 4.4, 0.05, 0.15, true, 1500, 190, true, 'abc', 20260101;

create table marts.mart_threshold_channels as
select timestamp '{as_of}' + interval 1 day as as_of, channel, 0.3 as tau, shift, shift - 0.2 as shift_low, shift + 0.2 as shift_high, 66.0 as global_threshold,
       0.21 + shift / 5 as rate_global, 0.17 + shift / 5 as rate_global_low, 0.25 + shift / 5 as rate_global_high, own_threshold, label,
       0.9 - abs(shift) as p_in_band_global, 0.95 as p_in_band_own, mqls as mqls_per_week_global, mqls * 0.21 as sqls_per_week_global,
       mqls * 0.95 as mqls_per_week_own, mqls * 0.208 as sqls_per_week_own, 2000 as handed_off_leads, 300 as sqls, 0.2 as p_value,
       if(channel = 'paid_social', 'below', null) as out_of_band, 0.5 as p_shape, channel = 'partner' as shape_warning,
       if(channel = 'paid_social', 's_2b3c4d5e6f70', 's_' || channel) as suggestion_id
from (values ('organic_search', 0.0, 66.0, 'pooled', 60.0), ('paid_social', -0.4, 71.0, 'channel', 34.0), ('webinar', 0.1, 64.0, 'pooled', 30.0),
             ('partner', 0.5, 57.0, 'channel', 7.0)) as c(channel, shift, own_threshold, label, mqls);

create table marts.mart_threshold_history as
select * from (values ('global', 55.0, null::timestamp, timestamp '2026-04-13', null, null),
                      ('global', 60.0, timestamp '2026-04-13', null::timestamp, 'R. Ops', 's_0')) as h(segment, threshold, effective_from, effective_to, accepted_by, suggestion_id);

create table marts.mart_data_quality as
select * from (values ('Leads.csv', 'salesforce', 'lead', 120400, 120388, 310, 12, 0, 1, '{"bad date": 12}'),
                      ('Activities.csv', 'marketo', 'activity', 2204100, 2204100, 0, 0, 0, 0, null),
                      ('Opportunities.csv', 'salesforce', 'opportunity', 3100, 3100, 14, 0, 0, 1, null))
     as q(file, vendor, object, records, loaded, superseded, quarantined, blank_lines, footer_lines, reasons);

create table marts.mart_conservation as
select mql_week as cohort_week, channel, 'mql_to_sql' as step, count(*) as entered, count(*) filter (where outcome = 'sql') as sql,
       count(*) filter (where outcome = 'disqualified') as disqualified, count(*) filter (where outcome = 'recycled') as recycled,
       count(*) filter (where outcome = 'open') as open, count(*) filter (where outcome = 'expired') as expired, 0 as unexplained
from marts.fct_mql_episodes group by 1, 2;

create table marts.mart_forecast as
with made as (
    select measure, size, origin, ahead,
           date_trunc('week', date '{as_of}')::date + (7 * (ahead - origin))::int as week, date '{as_of}' - (7 * origin)::int as forecast_on
    from (values ('sqls', 50.0), ('customers', 6.4), ('revenue', 118000.0)) as m(measure, size), range(0, 27) as o(origin), range(1, 14) as a(ahead)
    where origin = 0 or ahead < origin
)
select if(origin = 0, 'coming', 'past') as kind, forecast_on, measure, week, ahead as weeks_ahead, 'made up' as basis,
       size as expected, 0.7 * size as low, 1.3 * size as high, size as expected_from_open, 0.0 as expected_from_new, 0.0 as expected_from_other,
       400 as open_episodes, 600 as conversions, 230.0 as mqls_per_week, if(origin = 0, null, size) as realised,
       if(origin = 0, null, (origin + ahead) % 5 <> 0) as is_inside, null::varchar as reason
from made;

create table marts.mart_small_campaigns as
with counted as (
    select channel, coalesce(campaign_id, '(all)') as campaign_id, count(*) as entered,
           count(*) filter (where outcome = 'sql') as converted
    from marts.fct_mql_episodes
    group by grouping sets ((channel, campaign_id), (channel))
)
select date '{as_of}' as as_of, 'mql_to_sql' as step, *, 'made up' as basis, converted / entered as rate_shrunken,
       greatest(0, rate_shrunken - 0.03) as shrunken_low, least(1, rate_shrunken + 0.03) as shrunken_high,
       if(campaign_id = '(all)', null, if(campaign_id in ('c03', 'c11'), 1e-6, 0.4)) as p_value,
       if(campaign_id = '(all)', null, campaign_id in ('c03', 'c11')) as differs_from_channel,
       case campaign_id when 'c03' then 'above' when 'c11' then 'below' end as direction, null::varchar as reason
from counted;

create table marts.mart_sla as
select 'recent' as period, owner, if(owner = '(all)', null, 'Rep ' || owner) as owner_name, channel, '(all)' as response_band,
       n as handed_off, n - 20 as due, in_time, n // 20 as past_due, 20 as decided_untouched, hours as median_response_hours
from (values ('(all)', '(all)', 620, 300, 1.4), ('u1', '(all)', 220, 150, 0.8), ('u2', '(all)', 200, 40, 6.25), ('u3', '(all)', 200, 110, 1.2),
             ('(all)', 'email', 320, 150, 1.4), ('(all)', 'paid_search', 300, 150, 1.3)) as made(owner, channel, n, in_time, hours);

create table marts.mart_funnel_bridge as
select 'week' as span, week as starts_on, step_order, step, case step when 'period' then sqls when 'earlier_mqls' then 3 - sqls else 0 end as sqls_change,
       if(step = 'period', mqls, 0) as mqls_change, if(step_order < 4, sqls, 3) as sqls, mqls
from (select week, sqls, mqls from marts.mart_funnel_period where channel = '(all)' and campaign_id = '(all)' and sqls > 3),
     (select unnest(range(1, 10)) as step_order, unnest(['period', 'without_mql', 'before_mql', 'earlier_mqls', 'other', 'later_sqls', 'late_sqls', 'open', 'expired']) as step);
