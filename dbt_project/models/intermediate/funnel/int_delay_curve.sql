-- One row per funnel step and age in whole days, 0 … horizon: the share of conversions seen by that age.
{{ delay_curve(ref('int_funnel_entries'), var('delay_window_days', 91), var('delay_curve_min_events', 20)) }}
