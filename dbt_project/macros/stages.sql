{# Order of stages that are entered at one instant. #}
{% macro stage_rank(stage) -%}
    list_position(['lead', 'mql', 'sql', 'opportunity', 'customer', 'disqualified', 'recycled'], {{ stage }})
{%- endmacro %}

{# A stage's name as compared with others: HubSpot adds its pipeline in brackets, `Demo (Sales Pipeline)`. #}
{% macro stage_key(stage) -%}
    lower(trim(regexp_replace({{ stage }}, '\s\([^()]*\bpipeline\b[^()]*\)\s*$', '', 'i')))
{%- endmacro %}

{# A vendor's time that was written without a time of day: the loader puts a date at 00:00. #}
{% macro is_bare_date(at) -%}
    coalesce({{ at }} = cast(cast({{ at }} as date) as timestamp), false)
{%- endmacro %}

{# Query: one row per stage written into a JSON `stage_dates`, with its time; labels come with their pipeline in brackets. #}
{% macro stage_dates_of(relation, key) -%}
    select {{ key }}, regexp_replace(d.entry.key, '\s\([^()]*\)\s*$', '') as stage, try_cast(d.entry.value as timestamp) as entered_at
    from (
        select {{ key }}, unnest(map_entries(cast(stage_dates as map(varchar, varchar)))) as entry
        from {{ relation }}
        where stage_dates is not null
    ) as d
{%- endmacro %}

{# open, won or lost: a won opportunity is closed, whatever else is said. #}
{% macro opportunity_state(is_closed, is_won) -%}
    case when {{ is_won }} then 'won' when {{ is_closed }} then 'lost' else 'open' end
{%- endmacro %}

{#
  Many entries of one field and stage inside one minute show when the field was filled, not when the stage was entered. Of dates
  without a time of day a quarter must fall on one day, since a busy day is no bulk update.
#}
{% macro is_mass_stamped(together, all_entries, is_date_only) -%}
    ({{ together }} >= 20 and {{ together }} >= if({{ is_date_only }}, 0.25, 0.05) * {{ all_entries }})
{%- endmacro %}
